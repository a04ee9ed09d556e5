import type { JsonObject } from '../../core/domain/live/json.js';
import { ANY } from '../../core/domain/live/topic-pattern.js';
import { AskedAttributes, equalitiesOf, FilterTree, typeEquality } from './filter-tree.js';

/** What the index needs to know of a subscription. */
export interface Indexed {
  readonly segments: readonly string[];
  /** Matches only topics of as many segments. */
  readonly exact: boolean;
  /** Null for all. */
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

interface Node<T extends object> {
  next: Map<string, Node<T>> | null;
  any: Node<T> | null;
  /** Match this topic and all that begin with it. */
  open: FilterTree<T> | null;
  /** Match this topic alone. */
  exact: FilterTree<T> | null;
}

const newNode = <T extends object>(): Node<T> => ({ next: null, any: null, open: null, exact: null });

/** Subscriptions by the segments of their patterns, then by the equalities that they ask for. */
export class SubscriptionIndex<T extends Indexed> implements SubscriptionFinder<T> {
  readonly #root = newNode<T>();
  readonly #asked = new AskedAttributes();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Of all trees: 1 if nothing is in it. */
  get nodes(): number {
    const count = ({ next, any, open, exact }: Node<T>): number => {
      const below = [...(next?.values() ?? []), ...(any ? [any] : [])].reduce((sum, node) => sum + count(node), 1);
      return below + (open?.nodes ?? 0) + (exact?.nodes ?? 0);
    };
    return count(this.#root);
  }

  add(item: T): void {
    let node = this.#root;
    for (const segment of item.segments) {
      if (segment === ANY) {
        node.any ??= newNode();
        node = node.any;
        continue;
      }
      node.next ??= new Map();
      let next = node.next.get(segment);
      if (!next) {
        next = newNode();
        node.next.set(segment, next);
      }
      node = next;
    }
    let set = item.exact ? node.exact : node.open;
    if (!set) {
      set = new FilterTree();
      if (item.exact) node.exact = set;
      else node.open = set;
    }
    let isNew = false;
    for (const path of pathsOf(item)) isNew = set.add(path, item);
    if (!isNew) return;
    this.#size++;
    if (item.where) this.#asked.add(item.where);
  }

  delete(item: T): void {
    const { segments } = item;
    const way: Node<T>[] = [this.#root];
    for (const segment of segments) {
      const node = way.at(-1) as Node<T>;
      const next = segment === ANY ? node.any : node.next?.get(segment);
      if (!next) return;
      way.push(next);
    }
    const last = way.at(-1) as Node<T>;
    const set = item.exact ? last.exact : last.open;
    if (!set) return;
    let was = false;
    for (const path of pathsOf(item)) was = set.delete(path, item);
    if (!was) return;
    this.#size--;
    if (set.isEmpty) {
      if (item.exact) last.exact = null;
      else last.open = null;
    }
    if (item.where) this.#asked.delete(item.where);
    for (let depth = way.length - 1; depth > 0; depth--) {
      const node = way[depth] as Node<T>;
      if (node.next || node.any || node.open || node.exact) break;
      const before = way[depth - 1] as Node<T>;
      const segment = segments[depth - 1] as string;
      if (segment === ANY) before.any = null;
      else before.next?.delete(segment);
      if (before.next?.size === 0) before.next = null;
    }
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

// An event has one type, so at most one of the paths of a subscription to several can hold.
function pathsOf({ types, where }: Indexed): string[][] {
  const equalities = where ? equalitiesOf(where) : [];
  return types ? [...new Set(types)].map((type) => [typeEquality(type), ...equalities]) : [equalities];
}
