import type { Database } from '../database/database.js';
import type { Work } from '../sharing/work.js';

/** Deletes this many rows in one transaction. */
const BATCH = 5_000;

interface Rows {
  /** Whose turn each batch takes for a connection. */
  work: Work;
  /** With the alias `m` in `condition`. */
  table: string;
  /** Columns of the primary key, in its order. */
  key: string;
  condition: string;
  values: readonly unknown[];
  /** Condition on the row alone: rows to be counted apart. */
  counted?: string;
}

/**
 * Deletes in batches, each a commit of its own, so that no lock is held for long. Returns
 * how many rows there were.
 */
export async function deleteInBatches(database: Database, rows: Rows): Promise<{ deleted: number; counted: number }> {
  const { work, table, key, condition, values, counted = 'false' } = rows;
  const total = { deleted: 0, counted: 0 };
  for (;;) {
    const [row] = await database.query<{ deleted: number; counted: number }>(
      `WITH moment AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true) AS durable),
       gone AS (
         DELETE FROM ${table} WHERE (${key}) IN (
           SELECT ${key} FROM ${table} m, moment WHERE ${condition} ORDER BY ${key} LIMIT ${BATCH} FOR UPDATE OF m
         ) RETURNING ${counted} AS counted
       ) SELECT count(*)::int AS deleted, count(*) FILTER (WHERE counted)::int AS counted FROM gone`,
      values,
      { work, write: true, timeoutMs: 20_000 },
    );
    if (!row?.deleted) return total;
    total.deleted += row.deleted;
    total.counted += row.counted;
  }
}
