import type { UsageReport, UsageStore } from '../../core/ports/stores/usage-store.js';
import type { Database } from '../database/database.js';
import { INTERNAL } from '../sharing/work.js';
import { UsageReader } from './usage-reader.js';
import { UsageSummer } from './usage-summer.js';

// Usage is close: this commit waits for no disk.
const REPORT = `
  INSERT INTO usage_reports (tenant_id, minute, node, connections, live_events, connects, refused, webhook_attempts,
    seconds_buckets, seconds_counts)
  SELECT r.tenant_id, r.minute, $1::int, r.connections, r."liveEvents", r.connects, r.refused, r."webhookAttempts", r.buckets, r.counts
  FROM jsonb_to_recordset($2::jsonb) AS r(tenant_id uuid, minute int, connections int, "liveEvents" bigint, connects bigint,
    refused bigint, "webhookAttempts" bigint, buckets int[], counts bigint[])`;

/** Reports so many tenants by one statement. */
const CHUNK = 5_000;

async function report(database: Database, node: number, reports: readonly UsageReport[]): Promise<void> {
  for (let from = 0; from < reports.length; from += CHUNK) {
    const rows = reports
      .slice(from, from + CHUNK)
      .map(({ tenantId, times, ...counts }) => ({ tenant_id: tenantId, ...counts, ...times }));
    await database.query(REPORT, [node, JSON.stringify(rows)], { work: INTERNAL, write: true });
  }
}

/** Creates the part of the store that keeps what tenants used. */
export function usagePort(database: Database) {
  const reader = new UsageReader(database);
  const summer = new UsageSummer(database);
  return {
    usageOf: (...args) => reader.usageOf(...args),
    tenantNames: (ids) => reader.tenantNames(ids),
    reportUsage: (...args) => report(database, ...args),
    sumUpUsage: () => summer.sumUp(),
  } satisfies UsageStore;
}
