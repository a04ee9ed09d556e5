/** A row of EXPLAIN (BUFFERS, FORMAT JSON). */
export interface Plan {
  'QUERY PLAN': Array<{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }>;
}

/** Blocks of 8 KiB that a statement looked at, in memory or not. */
export const buffersOf = (row: Plan): number =>
  row['QUERY PLAN'].reduce((sum, { Plan: plan }) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0);
