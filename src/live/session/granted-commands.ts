import type { RequestTag } from '../../core/domain/live/protocol-translator.js';
import type { Subscription } from '../matching/subscription.js';

/** A command that subscribed, as long as one of its subscriptions is there. */
interface GrantedCommand {
  readonly tag: RequestTag;
  readonly subscriptions: Set<Subscription>;
}

/**
 * Remembers which command asked for which subscriptions, since a command ends as a whole where a renewed
 * token no longer grants a part of it. A subscription that several commands asked for ends with the last.
 */
export class GrantedCommands {
  /** The oldest first. */
  #commands: GrantedCommand[] = [];
  /** Counts the commands of each subscription. */
  readonly #counts = new Map<Subscription, number>();

  /** @param most commands that are remembered, at least as many as subscriptions */
  constructor(private readonly most: number) {}

  /** A command that asks for the same as another one takes its place. */
  add(tag: RequestTag, subscriptions: readonly Subscription[]): void {
    const same = this.#commands.find(
      (known) => known.subscriptions.size === subscriptions.length && subscriptions.every((one) => known.subscriptions.has(one)),
    );
    if (same) this.#remove(same);
    this.#commands.push({ tag, subscriptions: new Set(subscriptions) });
    for (const one of subscriptions) this.#counts.set(one, (this.#counts.get(one) ?? 0) + 1);
    // One that alone asked for a subscription stays. There are fewer of those than subscriptions.
    if (this.#commands.length <= this.most) return;
    const dispensable = this.#commands.find((known) => [...known.subscriptions].every((of) => (this.#counts.get(of) ?? 0) > 1));
    if (dispensable) this.#remove(dispensable);
  }

  /** Forgets a subscription that has ended. */
  delete(subscription: Subscription): void {
    if (!this.#counts.delete(subscription)) return;
    for (const { subscriptions } of this.#commands) subscriptions.delete(subscription);
    this.#commands = this.#commands.filter(({ subscriptions }) => subscriptions.size > 0);
  }

  /**
   * Takes out the commands that are not granted as a whole.
   * @returns their tags, and the subscriptions that no other command asked for
   */
  revoke(isGranted: (subscription: Subscription) => boolean): { tags: RequestTag[]; ended: Subscription[] } {
    const revoked = this.#commands.filter(({ subscriptions }) => ![...subscriptions].every(isGranted));
    for (const command of revoked) this.#remove(command);
    const ended = new Set(revoked.flatMap(({ subscriptions }) => [...subscriptions].filter((one) => !this.#counts.has(one))));
    return { tags: revoked.map(({ tag }) => tag), ended: [...ended] };
  }

  #remove(command: GrantedCommand): void {
    this.#commands.splice(this.#commands.indexOf(command), 1);
    for (const one of command.subscriptions) {
      const others = (this.#counts.get(one) ?? 0) - 1;
      if (others > 0) this.#counts.set(one, others);
      else this.#counts.delete(one);
    }
  }
}
