import type { Database } from '../database/database.js';

/** Deletes this many rows in one transaction. */
const BATCH = 5_000;

/**
 * Deletes in batches, each a commit of its own, so that no lock is held for long. Returns
 * how many rows there were.
 *
 * @param table with the alias `m` in `condition`
 * @param key columns of the primary key, in its order
 */
export async function deleteInBatches(
  database: Database,
  table: string,
  key: string,
  condition: string,
  values: readonly unknown[],
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const [row] = await database.query<{ deleted: number }>(
      `WITH moment AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true) AS durable),
       gone AS (
         DELETE FROM ${table} WHERE (${key}) IN (
           SELECT ${key} FROM ${table} m, moment WHERE ${condition} ORDER BY ${key} LIMIT ${BATCH} FOR UPDATE OF m
         ) RETURNING 1
       ) SELECT count(*)::int AS deleted FROM gone`,
      values,
      { write: true, timeoutMs: 20_000 },
    );
    const count = row?.deleted ?? 0;
    deleted += count;
    if (count === 0) return deleted;
  }
}
