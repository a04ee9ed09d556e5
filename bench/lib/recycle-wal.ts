import { Client } from 'pg';

/** Keeps so much of the log's segments for use again. */
export const RECYCLED_WAL_SETTINGS = { min_wal_size: '2GB' };
/** Of 16 MiB. */
const SEGMENTS = 100;

/**
 * Gives a new server what one has that has run for a while: segments of the log that were used before. Otherwise it makes each one anew, 16
 * MiB of zeros written and flushed, while commits wait.
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
