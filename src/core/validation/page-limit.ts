import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';

/**
 * @param most items of a page
 * @throws TidingsError BAD_USER_INPUT
 */
export function parsePageLimit(field: string, limit: number | null | undefined, most: number = LIMITS.pageLimit): number {
  if (limit === null || limit === undefined) return Math.min(LIMITS.defaultPageLimit, most);
  if (limit < 1 || limit > most) throw badInput(field, `${field} must be 1 to ${most}`);
  return limit;
}

/** Returns the items that a page may have whose limit was not checked yet: what is out of range is refused later. */
export function itemsOfPage(limit: unknown): number {
  return typeof limit === 'number' ? Math.max(0, Math.min(limit, LIMITS.pageLimit)) : LIMITS.defaultPageLimit;
}
