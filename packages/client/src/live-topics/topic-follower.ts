import type { CallbackGuard } from '../callback-guard.js';
import type { NodeFrame } from '../client-connection.js';
import { retryDelay } from '../waiting.js';
import { type LiveEvent, type SubscribeOptions, TopicSubscription, type Waits } from './topic-subscription.js';

/** Codes of refusals that a later try may not meet. Others stand until the next connection. */
const PASSING = new Set(['RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);

interface Command {
  subscription: TopicSubscription;
  topic: string;
}

/** Keeps subscriptions over connections: asks anew on each, from the last event on. */
export class TopicFollower {
  readonly #subscriptions = new Set<TopicSubscription>();
  /** Holds the commands that wait for an answer, by id. */
  #asked = new Map<unknown, Command>();
  #refused: Command[] = [];
  #refusals = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #ids = 0;
  #send: ((frame: object) => void) | null = null;

  constructor(
    private readonly guard: CallbackGuard,
    private readonly waits: Waits,
  ) {}

  subscribe(topics: readonly string[], onEvent: (event: LiveEvent) => unknown, options: SubscribeOptions): () => void {
    const subscription = new TopicSubscription(topics, onEvent, options, this.guard, this.waits);
    this.#subscriptions.add(subscription);
    this.#ask(topics.map((topic) => ({ subscription, topic })));
    return () => this.#unsubscribe(subscription);
  }

  connected(send: (frame: object) => void): void {
    this.#send = send;
    for (const subscription of this.#subscriptions) this.#ask(subscription.topics.map((topic) => ({ subscription, topic })));
  }

  disconnected(): void {
    this.#send = null;
    this.#asked.clear();
    this.#refused = [];
    this.#refusals = 0;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    for (const subscription of this.#subscriptions) subscription.disconnected();
  }

  take(frame: NodeFrame): void {
    const { type, id, topics } = frame;
    if (type === 'event' && typeof id === 'string' && typeof frame.topic === 'string') {
      for (const subscription of this.#subscriptions) subscription.take(frame as unknown as LiveEvent);
    } else if (type === 'gap' && Array.isArray(topics)) {
      for (const subscription of this.#subscriptions) {
        if (subscription.topics.some((topic) => topics.includes(topic))) subscription.outdate();
      }
    } else if (type === 'ok' || type === 'error') {
      this.#answered(frame);
    }
  }

  close(): void {
    this.disconnected();
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions.clear();
  }

  #ask(commands: readonly Command[]): void {
    for (const command of commands) {
      if (!this.#send || !this.#subscriptions.has(command.subscription)) continue;
      const id = ++this.#ids;
      this.#asked.set(id, command);
      command.subscription.asked();
      this.#send({ ...command.subscription.command(command.topic), id });
    }
  }

  #answered(frame: NodeFrame): void {
    const { type, id, recovered, code } = frame;
    const command = this.#asked.get(id);
    if (!command) return;
    this.#asked.delete(id);
    const isOk = type === 'ok';
    command.subscription.answered(!isOk || recovered === true);
    if (isOk) return;
    this.guard.refused(frame, `${command.topic}: `);
    if (!PASSING.has(code as string)) return;
    this.#refused.push(command);
    this.#retryTimer ??= setTimeout(
      () => {
        this.#retryTimer = undefined;
        this.#ask(this.#refused.splice(0));
      },
      retryDelay(this.#refusals++, this.waits.retryMs),
    );
  }

  #unsubscribe(subscription: TopicSubscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    subscription.close();
    const others = [...this.#subscriptions].flatMap((other) => other.topics);
    const topics = subscription.topics.filter((topic) => !others.includes(topic));
    if (topics.length > 0) this.#send?.({ type: 'unsubscribe', id: ++this.#ids, topics });
  }
}
