import { withClient } from '../../../src/store/database/migrations.js';
import { until } from '../../support/index.js';
import type { Api } from './api.js';

const HOUR_MS = 60 * 60 * 1000;
/** Gives the last receipts this long to be written, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Counts of one hour, by what happened in it. */
interface Hour {
  hour: number;
  accepted: number;
  acceptedBytes: number;
  globals: number;
  delivered: number;
  recalled: number;
  expired: number;
}

const MADE = ['accepted', 'acceptedBytes', 'globals'] as const;
const SETTLED = ['delivered', 'recalled', 'expired'] as const;

// Rows as they are stored: an expiry counts once it is final.
const ROWS = `
  WITH tenant AS (SELECT id FROM tenants WHERE name = 'default'), happened(at, what, bytes) AS (
    SELECT created_at, 'accepted', octet_length(message) FROM messages WHERE tenant_id = (TABLE tenant) AND global_message_id IS NULL
    UNION ALL SELECT created_at, 'globals', 0 FROM global_messages WHERE tenant_id = (TABLE tenant)
    UNION ALL SELECT delivered_at, 'delivered', 0 FROM messages WHERE tenant_id = (TABLE tenant) AND status = 'DELIVERED'
    UNION ALL SELECT cancelled_at, lower(cancel_reason::text), 0 FROM messages
      WHERE tenant_id = (TABLE tenant) AND status = 'CANCELLED'
  )
  SELECT floor(extract(epoch FROM at) / 3600)::int AS hour, what, count(*)::float8 AS count, sum(bytes)::float8 AS bytes
  FROM happened GROUP BY 1, 2`;

/**
 * Compares what the tenant is told to have used, hour by hour, with the rows that the ledger is judged by.
 * Returns what differs, once it does so for a while; nothing if it does not.
 */
export async function usageDifferences(api: Api, databaseUrl: string): Promise<string[]> {
  let differences: string[] = [];
  const agree = async () => {
    const stored = await storedHours(databaseUrl);
    const from = Math.min(...stored.map(({ hour }) => hour));
    differences = stored.length === 0 ? [] : compare(stored, await toldHours(api, from));
    return differences.length === 0;
  };
  await until('usage to be what was stored', agree, PATIENCE_MS).catch(() => {});
  return differences;
}

/**
 * What was made counts in the hour of its creation. What was settled counts when that was written, which may
 * be an hour later than it happened, so there the sums up to each hour are compared, and the sum of all.
 */
export function compare(stored: readonly Hour[], told: readonly Hour[]): string[] {
  const hours = [...new Set([...stored, ...told].map(({ hour }) => hour))].sort((a, b) => a - b);
  const differences: string[] = [];
  for (const hour of hours) {
    for (const name of MADE) {
      const [is, says] = [stored, told].map((all) =>
        sum(
          all.filter((one) => one.hour === hour),
          name,
        ),
      ) as [number, number];
      if (is !== says) differences.push(`hour ${hour}: ${name} is ${is}, usage says ${says}`);
    }
    for (const name of SETTLED) {
      const [is, says] = [stored, told].map((all) =>
        sum(
          all.filter((one) => one.hour <= hour),
          name,
        ),
      ) as [number, number];
      const isLast = hour === hours.at(-1);
      if (isLast ? is !== says : is < says) differences.push(`up to hour ${hour}: ${name} is ${is}, usage says ${says}`);
    }
  }
  return differences;
}

const sum = (hours: readonly Hour[], name: keyof Hour) => hours.reduce((total, hour) => total + hour[name], 0);

async function storedHours(databaseUrl: string): Promise<Hour[]> {
  const rows = await withClient(databaseUrl, async (client) => (await client.query(ROWS)).rows);
  const hours = new Map<number, Hour>();
  for (const { hour, what, count, bytes } of rows as Array<{ hour: number; what: keyof Hour; count: number; bytes: number }>) {
    const counts = hours.get(hour) ?? { hour, accepted: 0, acceptedBytes: 0, globals: 0, delivered: 0, recalled: 0, expired: 0 };
    hours.set(hour, counts);
    counts[what] += count;
    counts.acceptedBytes += bytes;
  }
  return [...hours.values()];
}

async function toldHours(api: Api, from: number): Promise<Hour[]> {
  const { usage } = await api.call<{ usage: Array<Omit<Hour, 'hour'> & { from: string }> }>(
    `query ($from: String!) { usage(during: { from: $from }, step: HOUR) { from ${[...MADE, ...SETTLED].join(' ')} } }`,
    { from: new Date(from * HOUR_MS).toISOString() },
  );
  return usage.map(({ from: begins, ...counts }) => ({ ...counts, hour: Date.parse(begins) / HOUR_MS }));
}
