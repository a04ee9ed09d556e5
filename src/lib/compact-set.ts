/**
 * A set that has one item or none in most cases. One stands for itself, so that 100,000 such sets cost little
 * memory.
 */
export type CompactSet<T extends object> = T | Set<T> | null;

/** Returns the set with the item. A set of several is changed in place. */
export function withItem<T extends object>(set: CompactSet<T>, item: T): CompactSet<T> {
  if (set === null || set === item) return item;
  return set instanceof Set ? set.add(item) : new Set([set, item]);
}

/** Returns the set without the item. A set of several is changed in place. */
export function withoutItem<T extends object>(set: CompactSet<T>, item: T): CompactSet<T> {
  if (set === item) return null;
  if (set instanceof Set && set.delete(item) && set.size === 0) return null;
  return set;
}

export const hasItem = <T extends object>(set: CompactSet<T>, item: T): boolean =>
  set === item || (set instanceof Set && set.has(item));

export function eachItem<T extends object>(set: CompactSet<T>, visit: (item: T) => void): void {
  if (set instanceof Set) for (const item of set) visit(item);
  else if (set !== null) visit(set);
}
