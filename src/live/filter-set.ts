import { canonicalJson, type Json, type JsonObject } from '../core/live/json.js';
import { SmallSet } from './small-set.js';

/** Equality that is asked for: of the event's type, or of an attribute of its data. As one text, so that equal ones are one key. */
export type Equality = string;

export const typeEquality = (type: string): Equality => `\u0000\u0000${type}`;
export const attributeEquality = (name: string, value: Json): Equality => `${name}\u0000${canonicalJson(value)}`;

/** The equalities of a filter, in the order in which they are looked up. */
export const equalitiesOf = (where: JsonObject): Equality[] =>
  Object.entries(where)
    .map(([name, value]) => attributeEquality(name, value))
    .sort();

/** Which attributes any filter asks for, so that the others of an event need not be looked at. */
export class AskedAttributes {
  readonly #counts = new Map<string, number>();

  add(where: JsonObject): void {
    for (const name of Object.keys(where)) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  delete(where: JsonObject): void {
    for (const name of Object.keys(where)) {
      const count = (this.#counts.get(name) ?? 0) - 1;
      if (count > 0) this.#counts.set(name, count);
      else this.#counts.delete(name);
    }
  }

  /** What holds of an event, as far as anybody asks: its type first, then attributes in order. */
  holding(event: { type: string; data: JsonObject }): Equality[] {
    const { data } = event;
    const holding: Equality[] = [];
    const names = Object.keys(data);
    if (names.length <= this.#counts.size) {
      for (const name of names) if (this.#counts.has(name)) holding.push(attributeEquality(name, data[name] as Json));
    } else {
      for (const name of this.#counts.keys())
        if (Object.hasOwn(data, name)) holding.push(attributeEquality(name, data[name] as Json));
    }
    holding.sort();
    holding.unshift(typeEquality(event.type));
    return holding;
  }
}

interface Node<T extends object> {
  here: SmallSet<T> | null;
  next: Map<Equality, Node<T>> | null;
}

/**
 * Items by the equalities that they ask for, as paths of a tree: those whose equalities all hold are found without a look at those
 * whose first equality does not.
 */
export class FilterSet<T extends object> {
  readonly #root: Node<T> = { here: null, next: null };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Of the tree: what is in it takes so much. */
  get nodes(): number {
    const count = ({ next }: Node<T>): number => [...(next?.values() ?? [])].reduce((sum, node) => sum + count(node), 1);
    return count(this.#root);
  }

  /** @param path in order; an item may be added under several paths of which at most one can hold */
  add(path: readonly Equality[], item: T): void {
    let node = this.#root;
    for (const equality of path) {
      node.next ??= new Map();
      let next = node.next.get(equality);
      if (!next) {
        next = { here: null, next: null };
        node.next.set(equality, next);
      }
      node = next;
    }
    node.here ??= new SmallSet();
    node.here.add(item);
    this.#size++;
  }

  delete(path: readonly Equality[], item: T): void {
    if (this.#delete(this.#root, path, 0, item)) this.#size--;
  }

  #delete(node: Node<T>, path: readonly Equality[], depth: number, item: T): boolean {
    const equality = path[depth];
    if (equality === undefined) {
      const deleted = node.here?.delete(item) ?? false;
      if (node.here?.size === 0) node.here = null;
      return deleted;
    }
    const next = node.next?.get(equality);
    if (!next) return false;
    const deleted = this.#delete(next, path, depth + 1, item);
    if (next.here === null && next.next === null) {
      node.next?.delete(equality);
      if (node.next?.size === 0) node.next = null;
    }
    return deleted;
  }

  /** @param holding what holds, in order */
  find(holding: readonly Equality[], found: (item: T) => void): void {
    this.#find(this.#root, holding, 0, found);
  }

  #find(node: Node<T>, holding: readonly Equality[], from: number, found: (item: T) => void): void {
    node.here?.each(found);
    if (!node.next) return;
    for (let i = from; i < holding.length; i++) {
      const next = node.next.get(holding[i] as Equality);
      if (next) this.#find(next, holding, i + 1, found);
    }
  }
}
