import type { UsageCounts, UsageQuery } from '../../core/ports/stores/usage-store.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { INTERNAL, readOf } from '../sharing/work.js';

interface StepRow {
  step: number;
  accepted: number;
  accepted_bytes: number;
  delivered: number;
  recalled: number;
  expired: number;
  globals: number;
  live_events: number;
  connects: number;
  refused: number;
  webhook_attempts: number;
  peak_connections: number;
  buckets: number[] | null;
  counts: number[] | null;
}

const EXACT = ['accepted', 'accepted_bytes', 'delivered', 'recalled', 'expired', 'globals'];
const CLOSE = ['live_events', 'connects', 'refused', 'webhook_attempts'];

const zeros = (names: readonly string[]) => names.map((name) => `0 AS ${name}`).join(', ');
const sums = (names: readonly string[]) => names.map((name) => `coalesce(sum(${name}), 0)::float8 AS ${name}`).join(', ');

// One statement, hence one snapshot: what is being summed up is in the deltas or in the sums, never in both.
const OF_STEPS = `
  WITH hours AS MATERIALIZED (
    SELECT * FROM usage_hours WHERE tenant_id = $1 AND hour >= $2::int AND hour < $2::int + $3::int * $4::int
  ), deltas AS MATERIALIZED (
    SELECT * FROM usage_deltas WHERE tenant_id = $1 AND hour >= $2::int AND hour < $2::int + $3::int * $4::int
  ), reports AS MATERIALIZED (
    SELECT *, minute / 60 AS hour FROM usage_reports
    WHERE tenant_id = $1 AND minute >= $2::int * 60 AND minute < ($2::int + $3::int * $4::int) * 60
  ), peaks AS (
    SELECT hour, sum(most) AS peak_connections FROM (
      SELECT hour, minute, node, max(connections) AS most FROM reports GROUP BY hour, minute, node
    ) AS by_node GROUP BY hour, minute
  ), counted AS (
    SELECT hour, ${EXACT.join(', ')}, ${CLOSE.join(', ')}, peak_connections FROM hours
    UNION ALL SELECT hour, ${EXACT.join(', ')}, ${zeros(CLOSE)}, 0 FROM deltas
    UNION ALL SELECT hour, ${zeros(EXACT)}, ${CLOSE.join(', ')}, 0 FROM reports
    UNION ALL SELECT hour, ${zeros(EXACT)}, ${zeros(CLOSE)}, peak_connections FROM peaks
  ), steps AS (
    SELECT (hour - $2::int) / $3::int AS step, ${sums(EXACT)}, ${sums(CLOSE)}, max(peak_connections)::float8 AS peak_connections
    FROM counted GROUP BY 1
  ), times AS (
    SELECT step, array_agg(bucket ORDER BY bucket) AS buckets, array_agg(count ORDER BY bucket) AS counts FROM (
      SELECT (t.hour - $2::int) / $3::int AS step, u.bucket, sum(u.count)::float8 AS count FROM (
        SELECT hour, seconds_buckets, seconds_counts FROM hours
        UNION ALL SELECT hour, seconds_buckets, seconds_counts FROM reports
      ) AS t CROSS JOIN LATERAL unnest(t.seconds_buckets, t.seconds_counts) AS u(bucket, count)
      GROUP BY 1, 2
    ) AS merged GROUP BY step
  )
  SELECT steps.*, times.buckets, times.counts FROM steps LEFT JOIN times USING (step)`;

/** Reads what tenants used, with what is not summed up yet. See docs/design/usage.md. */
export class UsageReader {
  constructor(private readonly database: Database) {}

  async usageOf(tenantId: string, { firstHour, hoursPerStep, steps }: UsageQuery): Promise<Array<UsageCounts | null>> {
    const rows = await this.database.query<StepRow>(OF_STEPS, [tenantId, firstHour, hoursPerStep, steps], {
      work: readOf(tenantId),
    });
    const found = new Array<UsageCounts | null>(steps).fill(null);
    for (const row of rows) found[row.step] = toCounts(row);
    return found;
  }

  async tenantNames(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<{ id: string; name: string }>(
      'SELECT id, name FROM tenants WHERE id = ANY ($1::uuid[])',
      [plainArray(ids)],
      { work: INTERNAL },
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

const toCounts = (row: StepRow): UsageCounts => ({
  accepted: row.accepted,
  acceptedBytes: row.accepted_bytes,
  delivered: row.delivered,
  recalled: row.recalled,
  expired: row.expired,
  globals: row.globals,
  liveEvents: row.live_events,
  connects: row.connects,
  refused: row.refused,
  webhookAttempts: row.webhook_attempts,
  peakConnections: row.peak_connections,
  times: { buckets: row.buckets ?? [], counts: row.counts ?? [] },
});
