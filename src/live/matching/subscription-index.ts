import type { JsonObject } from '../../core/domain/live/json.js';
import { ANY } from '../../core/domain/live/topic-pattern.js';
import { AskedAttributes, equalitiesOf, FilterTree, typeEquality } from './filter-tree.js';

/** Describes a subscription as far as the index reads it. */
export interface Indexed {
  readonly segments: readonly string[];
  /** Matches only topics with as many segments. */
  readonly exact: boolean;
  /** Lists the types of events that match; null: all. */
  readonly types: readonly string[] | null;
  readonly where: JsonObject | null;
}

/** Finds the subscriptions whose pattern matches a topic and whose equalities hold of an event. */
export interface SubscriptionFinder<T extends Indexed> {
  readonly size: number;
  add(item: T): void;
  delete(item: T): void;
  /** Calls `found` once for each of them. */
  find(topic: readonly string[], event: { type: string; data: JsonObject }, found: (item: T) => void): void;
}

class Node<T extends object> {
  next: Map<string, Node<T>> | null = null;
  any: Node<T> | null = null;
  /** Holds subscriptions that match this topic and all that begin with it. */
  open: FilterTree<T> | null = null;
  /** Holds subscriptions that match this topic alone. */
  exact: FilterTree<T> | null = null;

  get isEmpty(): boolean {
    return !(this.next || this.any || this.open || this.exact);
  }

  below(segment: string): Node<T> | null {
    return segment === ANY ? this.any : (this.next?.get(segment) ?? null);
  }

  addBelow(segment: string): Node<T> {
    const node = new Node<T>();
    if (segment === ANY) {
      this.any = node;
    } else {
      this.next ??= new Map();
      this.next.set(segment, node);
    }
    return node;
  }

  deleteBelow(segment: string): void {
    if (segment === ANY) this.any = null;
    else this.next?.delete(segment);
    if (this.next?.size === 0) this.next = null;
  }
}

/** Finds subscriptions by the segments of their patterns, then by the equalities that they ask for. */
export class SubscriptionIndex<T extends Indexed> implements SubscriptionFinder<T> {
  readonly #root = new Node<T>();
  readonly #asked = new AskedAttributes();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Counts the nodes of all trees: 1 if nothing is in the index. */
  get nodes(): number {
    const count = ({ next, any, open, exact }: Node<T>): number => {
      const below = [...(next?.values() ?? []), ...(any ? [any] : [])].reduce((sum, node) => sum + count(node), 1);
      return below + (open?.nodes ?? 0) + (exact?.nodes ?? 0);
    };
    return count(this.#root);
  }

  add(item: T): void {
    let node = this.#root;
    for (const segment of item.segments) node = node.below(segment) ?? node.addBelow(segment);
    const kind = item.exact ? 'exact' : 'open';
    node[kind] ??= new FilterTree();
    const filters = node[kind];
    let isNew = false;
    for (const path of pathsOf(item)) isNew = filters.add(path, item);
    if (!isNew) return;
    this.#size++;
    if (item.where) this.#asked.add(item.where);
  }

  delete(item: T): void {
    const way = this.#wayTo(item.segments);
    const last = way?.at(-1);
    const kind = item.exact ? 'exact' : 'open';
    const filters = last?.[kind];
    if (!way || !last || !filters) return;
    let was = false;
    for (const path of pathsOf(item)) was = filters.delete(path, item);
    if (!was) return;
    this.#size--;
    if (item.where) this.#asked.delete(item.where);
    if (filters.isEmpty) last[kind] = null;
    prune(way, item.segments);
  }

  /** Returns the nodes from the root to that of a pattern, or null if the pattern has none. */
  #wayTo(segments: readonly string[]): Node<T>[] | null {
    let node = this.#root;
    const way = [node];
    for (const segment of segments) {
      const below = node.below(segment);
      if (!below) return null;
      node = below;
      way.push(node);
    }
    return way;
  }

  find(topic: readonly string[], event: { type: string; data: JsonObject }, found: (item: T) => void): void {
    if (this.size > 0) this.#find(this.#root, topic, 0, this.#asked.holding(event), found);
  }

  #find(node: Node<T>, topic: readonly string[], depth: number, holding: readonly string[], found: (item: T) => void): void {
    node.open?.find(holding, found);
    const segment = topic[depth];
    if (segment === undefined) {
      node.exact?.find(holding, found);
      return;
    }
    const next = node.next?.get(segment);
    if (next) this.#find(next, topic, depth + 1, holding, found);
    if (node.any) this.#find(node.any, topic, depth + 1, holding, found);
  }
}

/** Takes away the nodes at the end of a way that hold nothing any more; never the root. */
function prune<T extends object>(way: readonly Node<T>[], segments: readonly string[]): void {
  for (let depth = way.length - 1; depth > 0; depth--) {
    if (!way[depth]?.isEmpty) return;
    way[depth - 1]?.deleteBelow(segments[depth - 1] as string);
  }
}

/**
 * Returns the paths of a subscription in the filter tree. An event has one type, so at most one of the paths
 * of a subscription to several types can hold.
 */
function pathsOf({ types, where }: Indexed): string[][] {
  const equalities = where ? equalitiesOf(where) : [];
  return types ? [...new Set(types)].map((type) => [typeEquality(type), ...equalities]) : [equalities];
}
