import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';

/** @throws TidingsError BAD_USER_INPUT */
export function parsePageLimit(field: string, limit: number | null | undefined): number {
  if (limit === null || limit === undefined) return LIMITS.defaultPageLimit;
  if (limit < 1 || limit > LIMITS.pageLimit) throw badInput(field, `${field} must be 1 to ${LIMITS.pageLimit}`);
  return limit;
}
