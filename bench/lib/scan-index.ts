import { type Json, type JsonObject, jsonEqual } from '../../src/core/domain/live/json.js';
import { matches } from '../../src/core/domain/live/topic-pattern.js';
import type { Indexed, SubscriptionFinder } from '../../src/live/matching/subscription-index.js';

/** Checks every subscription for every event: the floor of live topics. */
export class ScanIndex<T extends Indexed> implements SubscriptionFinder<T> {
  readonly #items = new Set<T>();

  get size(): number {
    return this.#items.size;
  }

  each(visit: (item: T) => void): void {
    for (const item of this.#items) visit(item);
  }

  add(item: T): void {
    this.#items.add(item);
  }

  delete(item: T): void {
    this.#items.delete(item);
  }

  find(topic: readonly string[], event: { type: string; data: JsonObject }, found: (item: T) => void): void {
    for (const item of this.#items) {
      if (!matches(item.segments, topic) || (item.exact && item.segments.length !== topic.length)) continue;
      if (item.types && !item.types.includes(event.type)) continue;
      if (item.where && !holds(item.where, event.data)) continue;
      found(item);
    }
  }
}

const holds = (where: JsonObject, data: JsonObject) =>
  Object.entries(where).every(([name, value]) => Object.hasOwn(data, name) && jsonEqual(data[name] as Json, value));
