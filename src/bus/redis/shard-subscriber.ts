import { OncePerTurn } from '../../lib/once-per-turn.js';
import { hashSlotOf } from '../../redis/hash-slots.js';
import type { RedisLink } from '../../redis/redis-link.js';

/**
 * Puts at most this many channels into one command: a burst of connects goes in few, and none blocks Redis
 * for long.
 */
const MAX_CHANNELS_PER_COMMAND = 1000;

interface ShardSubscriberEvents {
  /** Called once the server has confirmed a subscription: from now on events arrive. */
  onConfirmed: (channel: string) => void;
  onPayload: (channel: string, payload: string) => void;
}

/**
 * Identifies the command that subscribed a channel: an answer to an earlier one says nothing about a later
 * one.
 */
interface Attempt {
  confirmed: boolean;
}

/**
 * Subscribes channels on one connection. What is asked for in one turn of the event loop goes out together.
 */
export class ShardSubscriber {
  readonly #attempts = new Map<string, Attempt>();
  readonly #toSubscribe = new Set<string>();
  readonly #toUnsubscribe = new Set<string>();
  readonly #turn = new OncePerTurn(() => this.#flush());
  #whenRestored: (() => void) | null = null;

  constructor(
    private readonly link: RedisLink,
    private readonly sharded: boolean,
    private readonly events: ShardSubscriberEvents,
  ) {
    link.redis.on(sharded ? 'smessage' : 'message', (channel: string, payload: string) => {
      link.heard();
      events.onPayload(channel, payload);
    });
    // A slot has left this server, and with it subscriptions that the server does not name: begin anew where
    // they are now.
    link.redis.on('moved', () => link.lose('slots moved'));
  }

  add(channel: string): void {
    this.#toUnsubscribe.delete(channel);
    const attempt = this.#attempts.get(channel);
    if (attempt?.confirmed) {
      this.events.onConfirmed(channel);
    } else if (!attempt) {
      this.#toSubscribe.add(channel);
      this.#turn.ask();
    }
  }

  remove(channel: string): void {
    if (this.#toSubscribe.delete(channel) || !this.#attempts.has(channel)) return;
    this.#toUnsubscribe.add(channel);
    this.#turn.ask();
  }

  /**
   * Subscribes channels that were subscribed on another connection. Calls back once all of them are
   * confirmed.
   */
  restore(channels: readonly string[], done: () => void): void {
    for (const channel of channels) this.add(channel);
    const former = this.#whenRestored;
    this.#whenRestored = former
      ? () => {
          former();
          done();
        }
      : done;
    this.#turn.ask();
  }

  #flush(): void {
    const { link } = this;
    const { redis } = link;
    for (const channels of this.#commands(this.#toUnsubscribe)) {
      for (const channel of channels) this.#attempts.delete(channel);
      this.#run(this.sharded ? redis.sunsubscribe(...channels) : redis.unsubscribe(...channels));
    }
    for (const channels of this.#commands(this.#toSubscribe)) {
      const attempt: Attempt = { confirmed: false };
      for (const channel of channels) this.#attempts.set(channel, attempt);
      this.#run(this.sharded ? redis.ssubscribe(...channels) : redis.subscribe(...channels), () => {
        attempt.confirmed = true;
        for (const channel of channels) if (this.#attempts.get(channel) === attempt) this.events.onConfirmed(channel);
      });
    }
    const restored = this.#whenRestored;
    this.#whenRestored = null;
    // Answers come in the order of the commands: this one after all confirmations.
    if (restored) this.#run(link.ping(), restored);
    this.#toSubscribe.clear();
    this.#toUnsubscribe.clear();
  }

  // The channels of one sharded command must share a slot.
  #commands(channels: ReadonlySet<string>): string[][] {
    const groups = new Map<number, string[][]>();
    for (const channel of channels) {
      const slot = this.sharded ? hashSlotOf(channel) : 0;
      const commands = groups.get(slot) ?? [];
      const open = commands.at(-1);
      if (open && open.length < MAX_CHANNELS_PER_COMMAND) open.push(channel);
      else commands.push([channel]);
      groups.set(slot, commands);
    }
    return [...groups.values()].flat();
  }

  // A refused command leaves in doubt what is subscribed: the connection is given up and everything begun
  // anew.
  #run(command: Promise<unknown>, done: () => void = () => {}): void {
    command.then(done, (error: Error) => this.link.lose(error.message));
  }
}
