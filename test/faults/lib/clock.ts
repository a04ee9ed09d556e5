import { withClient } from '../../../src/store/database/migrations.js';

/** Reads the database's clock once, and returns a function for its milliseconds since 1970. */
export async function databaseClock(url: string): Promise<() => number> {
  const offset = await withClient(url, async (client) => {
    const asked = performance.now();
    const { rows } = await client.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
    return Number(rows[0].now) - (asked + performance.now()) / 2;
  });
  return () => performance.now() + offset;
}

export const iso = (ms: number): string => new Date(ms).toISOString();
