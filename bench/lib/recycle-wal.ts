import { Client } from 'pg';

/** Keeps this much of the log for reuse. */
export const RECYCLED_WAL_SETTINGS = { min_wal_size: '2GB' };
/** Counts segments of 16 MiB. */
const SEGMENTS = 100;

/**
 * Gives a new server recycled log segments, as a server has that has run for a while. Otherwise it creates
 * each segment anew, 16 MiB of zeros written and flushed, while commits wait.
 */
export async function recycleWal(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  for (let i = 0; i < SEGMENTS; i++) {
    // A segment without a record is not switched.
    await client.query(`SELECT pg_logical_emit_message(false, 'bench', '')`);
    await client.query('SELECT pg_switch_wal()');
  }
  await client.query('CHECKPOINT');
  await client.end();
}
