import { canonicalJson, type Json, type JsonObject } from '../../core/domain/live/json.js';
import { type CompactSet, eachItem, hasItem, withItem, withoutItem } from '../../lib/compact-set.js';

/**
 * Asks that the event's type, or an attribute of its data, equals a value. It is one text, so that equal
 * equalities are the same key.
 */
type Equality = string;

export const typeEquality = (type: string): Equality => `\u0000\u0000${type}`;
const attributeEquality = (name: string, value: Json): Equality => `${name}\u0000${canonicalJson(value)}`;

/** Returns the equalities of a filter, in the order in which they are looked up. */
export const equalitiesOf = (where: JsonObject): Equality[] =>
  Object.entries(where)
    .map(([name, value]) => attributeEquality(name, value))
    .sort();

/** Counts the attributes that filters ask for, so that the others of an event need not be looked at. */
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

  /**
   * Returns the equalities that hold of an event and are asked for: its type first, then attributes in order.
   */
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

/**
 * Finds items by the equalities that they ask for, which are paths of a tree. Items whose first equality does
 * not hold are not looked at.
 */
export class FilterTree<T extends object> {
  #here: CompactSet<T> = null;
  #next: Map<Equality, FilterTree<T>> | null = null;

  get isEmpty(): boolean {
    return this.#here === null && this.#next === null;
  }

  /** Counts the nodes of the tree. */
  get nodes(): number {
    return [...(this.#next?.values() ?? [])].reduce((sum, below) => sum + below.nodes, 1);
  }

  /**
   * Returns true if the item was not there.
   * @param path in order; an item may be added under several paths, of which at most one can hold
   */
  add(path: readonly Equality[], item: T, depth = 0): boolean {
    const equality = path[depth];
    if (equality === undefined) {
      const isNew = !hasItem(this.#here, item);
      this.#here = withItem(this.#here, item);
      return isNew;
    }
    this.#next ??= new Map();
    let below = this.#next.get(equality);
    if (!below) {
      below = new FilterTree();
      this.#next.set(equality, below);
    }
    return below.add(path, item, depth + 1);
  }

  /** Returns true if the item was there. */
  delete(path: readonly Equality[], item: T, depth = 0): boolean {
    const equality = path[depth];
    if (equality === undefined) {
      const was = hasItem(this.#here, item);
      this.#here = withoutItem(this.#here, item);
      return was;
    }
    const below = this.#next?.get(equality);
    if (!below) return false;
    const was = below.delete(path, item, depth + 1);
    if (below.isEmpty) this.#next?.delete(equality);
    if (this.#next?.size === 0) this.#next = null;
    return was;
  }

  /** @param holding equalities that hold, in order */
  find(holding: readonly Equality[], found: (item: T) => void, from = 0): void {
    eachItem(this.#here, found);
    if (!this.#next) return;
    for (let i = from; i < holding.length; i++) this.#next.get(holding[i] as Equality)?.find(holding, found, i + 1);
  }
}
