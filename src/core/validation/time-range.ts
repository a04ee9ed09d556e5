import { badInput } from '../domain/errors.js';
import type { TimeRange } from '../ports/stores/query-store.js';
import { parseRangeEnd } from './date-time.js';

export interface TimeRangeInput {
  from?: string | null;
  to?: string | null;
}

/**
 * Parses a range that includes both ends; null if neither end is given.
 * @throws TidingsError BAD_USER_INPUT, also for `from` after `to`
 */
export function parseTimeRange(field: string, input: TimeRangeInput | null | undefined): TimeRange | null {
  const from = input?.from == null ? null : parseRangeEnd(`${field}.from`, input.from, 'from');
  const to = input?.to == null ? null : parseRangeEnd(`${field}.to`, input.to, 'to');
  if (from && to && from > to) throw badInput(`${field}.from`, `${field}.from must not be after ${field}.to`);
  return from || to ? { from, to } : null;
}
