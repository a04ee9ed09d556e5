import { TidingsError } from '../../core/domain/errors.js';
import type { CelCondition } from './cel-condition.js';
import { EVENT_STEPS } from './event-dispatch.js';
import type { Subscription } from './subscription.js';

/** Bounds what the different conditions of one tenant take on one node, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Bounds what the subscriptions of one tenant take on one node, by an estimate of their bytes. */
const MAX_SUBSCRIPTION_BYTES = 256 * 1024 * 1024;
/** Estimates what a subscription takes beside its texts, in bytes. */
const SUBSCRIPTION_BYTES = 550;
/** Estimates what a character of its options takes: they are kept as objects. */
const BYTES_OF_CHAR = 4;

const bytesOf = ({ pattern, options }: Subscription): number =>
  SUBSCRIPTION_BYTES + pattern.length + BYTES_OF_CHAR * options.chars;

/** Sums up different conditions, each once however many subscriptions have it. */
class DistinctConditions {
  readonly #users = new Map<string, number>();
  cost = 0;
  bytes = 0;

  get isEmpty(): boolean {
    return this.#users.size === 0;
  }

  add({ text, cost, bytes }: CelCondition): void {
    const users = this.#users.get(text) ?? 0;
    this.#users.set(text, users + 1);
    if (users > 0) return;
    this.cost += cost;
    this.bytes += bytes;
  }

  delete({ text, cost, bytes }: CelCondition): void {
    const users = this.#users.get(text) ?? 0;
    if (users > 1) this.#users.set(text, users - 1);
    if (users !== 1) return;
    this.#users.delete(text);
    this.cost -= cost;
    this.bytes -= bytes;
  }
}

/**
 * Keeps what the subscriptions and conditions of one tenant take on this node. Refuses conditions that an
 * event could not be judged by within its steps, together with what others ask for on the same pattern, and
 * what is beyond the memory.
 */
export class SubscriptionLedger {
  #bytes = 0;
  readonly #all = new DistinctConditions();
  readonly #byPath = new Map<string, DistinctConditions>();

  /** True if a subscription has a condition. */
  get judges(): boolean {
    return !this.#all.isEmpty;
  }

  /** @throws TidingsError QUOTA_EXCEEDED, and then nothing has changed */
  add(subscriptions: readonly Subscription[]): void {
    for (const one of subscriptions) this.#add(one);
    try {
      this.#checkBytes();
      for (const one of subscriptions) this.#check(one);
    } catch (error) {
      for (const one of subscriptions) this.delete(one);
      throw error;
    }
  }

  delete(subscription: Subscription): void {
    const { path, options } = subscription;
    const { condition } = options;
    this.#bytes -= bytesOf(subscription);
    if (condition === null) return;
    this.#all.delete(condition);
    const here = this.#byPath.get(path);
    here?.delete(condition);
    if (here?.isEmpty) this.#byPath.delete(path);
  }

  #add(subscription: Subscription): void {
    const { path, options } = subscription;
    const { condition } = options;
    this.#bytes += bytesOf(subscription);
    if (condition === null) return;
    this.#all.add(condition);
    let here = this.#byPath.get(path);
    if (!here) {
      here = new DistinctConditions();
      this.#byPath.set(path, here);
    }
    here.add(condition);
  }

  #checkBytes(): void {
    if (this.#bytes <= MAX_SUBSCRIPTION_BYTES) return;
    const message = `a tenant's subscriptions may take ${MAX_SUBSCRIPTION_BYTES} bytes of a node`;
    throw new TidingsError('QUOTA_EXCEEDED', message, { limit: MAX_SUBSCRIPTION_BYTES });
  }

  #check({ path, pattern, options: { condition } }: Subscription): void {
    if (condition === null) return;
    if ((this.#byPath.get(path)?.cost ?? 0) > EVENT_STEPS) {
      const message = `the different conditions on ${JSON.stringify(pattern)} take more than ${EVENT_STEPS} steps of each event`;
      throw new TidingsError('QUOTA_EXCEEDED', message, { limit: EVENT_STEPS });
    }
    if (this.#all.bytes > MAX_BYTES) {
      throw new TidingsError('QUOTA_EXCEEDED', `a tenant's conditions may take ${MAX_BYTES} bytes of a node`, {
        limit: MAX_BYTES,
      });
    }
  }
}
