/** Describes a row of EXPLAIN (BUFFERS, FORMAT JSON). */
export interface Plan {
  'QUERY PLAN': Array<{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number }; 'Planning Time'?: number }>;
}

/** Returns how many blocks of 8 KiB a statement read, from memory or not. */
export const buffersOf = (row: Plan): number =>
  row['QUERY PLAN'].reduce((sum, { Plan: plan }) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0);

/** Returns the planning time in milliseconds, by EXPLAIN (ANALYZE) or (SUMMARY). */
export const planningMs = (row: Plan): number => row['QUERY PLAN'].reduce((sum, one) => sum + (one['Planning Time'] ?? 0), 0);
