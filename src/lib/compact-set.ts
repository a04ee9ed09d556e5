/** Items that are few in most cases: one stands for itself, so that a hundred thousand places with one cost little. */
export type CompactSet<T extends object> = T | Set<T> | null;

export function withItem<T extends object>(few: CompactSet<T>, item: T): CompactSet<T> {
  if (few === null || few === item) return item;
  return few instanceof Set ? few.add(item) : new Set([few, item]);
}

export function withoutItem<T extends object>(few: CompactSet<T>, item: T): CompactSet<T> {
  if (few === item) return null;
  if (few instanceof Set && few.delete(item) && few.size === 0) return null;
  return few;
}

export const hasItem = <T extends object>(few: CompactSet<T>, item: T): boolean =>
  few === item || (few instanceof Set && few.has(item));

export function eachItem<T extends object>(few: CompactSet<T>, visit: (item: T) => void): void {
  if (few instanceof Set) for (const item of few) visit(item);
  else if (few !== null) visit(few);
}
