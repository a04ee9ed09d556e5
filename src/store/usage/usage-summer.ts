import { type Clock, monotonicClock } from '../../lib/time/clock.js';
import { usageLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { INTERNAL } from '../sharing/work.js';

/** Sums up this many rows in one piece of work. */
const STEP_ROWS = 20_000;
/** Forgets hours that are older, in days. */
const KEPT_DAYS = 400;
/** Looks for hours to forget this often, in milliseconds. */
const FORGET_EVERY_MS = 60 * 60 * 1000;
/** Forgets this many hours of each tenant in one piece of work: a day's. */
const FORGOTTEN_HOURS = 24;
/** Leaves a minute alone for so many minutes: connections of all nodes in it are added up at once. */
const MINUTES_UNDER_WAY = 2;
/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;

const EXACT = ['accepted', 'accepted_bytes', 'delivered', 'recalled', 'expired', 'globals'];
const CLOSE = ['live_events', 'connects', 'refused', 'webhook_attempts'];

const sums = (names: readonly string[]) => names.map((name) => `coalesce(sum(d.${name}), 0) AS ${name}`).join(', ');
const added = (names: readonly string[]) => names.map((name) => `${name} = u.${name} + excluded.${name}`).join(', ');

// A tenant that is being deleted: the lock waits for the end of that, and then finds it gone.
const ALIVE = `alive AS MATERIALIZED (
    SELECT t.id FROM tenants t WHERE t.id IN (SELECT tenant_id FROM taken) ORDER BY t.id FOR KEY SHARE OF t
  )`;

const SUM_DELTAS = `
  WITH taken AS (
    DELETE FROM usage_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM usage_deltas LIMIT ${STEP_ROWS})) RETURNING *
  ), ${ALIVE}, kept AS (
    INSERT INTO usage_hours AS u (tenant_id, hour, ${EXACT.join(', ')})
    SELECT d.tenant_id, d.hour, ${sums(EXACT)} FROM taken d JOIN alive a ON a.id = d.tenant_id
    GROUP BY d.tenant_id, d.hour ORDER BY d.tenant_id, d.hour
    ON CONFLICT (tenant_id, hour) DO UPDATE SET ${added(EXACT)}
  )
  SELECT count(*)::int AS taken FROM taken`;

// One minute at a time: the connections of all nodes in it make one sum.
const SUM_REPORTS = `
  WITH oldest AS MATERIALIZED (
    SELECT min(minute) AS minute FROM usage_reports
    HAVING min(minute) <= floor(extract(epoch FROM clock_timestamp()) / 60)::int - ${MINUTES_UNDER_WAY}
  ), taken AS (
    DELETE FROM usage_reports r USING oldest o WHERE r.minute = o.minute RETURNING r.*
  ), ${ALIVE}, counted AS (
    SELECT d.tenant_id, d.minute / 60 AS hour, ${sums(CLOSE)} FROM taken d GROUP BY 1, 2
  ), peaks AS (
    SELECT tenant_id, sum(most) AS connections FROM (
      SELECT tenant_id, node, max(connections) AS most FROM taken GROUP BY 1, 2
    ) AS by_node GROUP BY 1
  ), times AS (
    SELECT tenant_id, array_agg(bucket ORDER BY bucket) AS buckets, array_agg(count ORDER BY bucket) AS counts FROM (
      SELECT d.tenant_id, t.bucket, sum(t.count)::bigint AS count
      FROM taken d CROSS JOIN LATERAL unnest(d.seconds_buckets, d.seconds_counts) AS t(bucket, count) GROUP BY 1, 2
    ) AS merged GROUP BY 1
  ), kept AS (
    INSERT INTO usage_hours AS u (tenant_id, hour, ${CLOSE.join(', ')}, peak_connections, seconds_buckets, seconds_counts)
    SELECT c.tenant_id, c.hour, ${CLOSE.map((name) => `c.${name}`).join(', ')}, p.connections,
      coalesce(t.buckets, '{}'), coalesce(t.counts, '{}')
    FROM counted c JOIN alive a ON a.id = c.tenant_id JOIN peaks p USING (tenant_id) LEFT JOIN times t USING (tenant_id)
    ORDER BY c.tenant_id
    ON CONFLICT (tenant_id, hour) DO UPDATE SET ${added(CLOSE)},
      peak_connections = greatest(u.peak_connections, excluded.peak_connections),
      (seconds_buckets, seconds_counts) = (
        SELECT coalesce(array_agg(bucket ORDER BY bucket), '{}'), coalesce(array_agg(count ORDER BY bucket), '{}') FROM (
          SELECT bucket, sum(count)::bigint AS count FROM (
            SELECT * FROM unnest(u.seconds_buckets, u.seconds_counts) AS x(bucket, count)
            UNION ALL SELECT * FROM unnest(excluded.seconds_buckets, excluded.seconds_counts) AS y(bucket, count)
          ) AS both_of_them GROUP BY bucket
        ) AS merged
      )
  )
  SELECT count(*)::int AS taken FROM taken`;

// Tenant by tenant, along the primary key.
const FORGET = `
  WITH old AS (
    DELETE FROM usage_hours WHERE (tenant_id, hour) IN (
      SELECT o.tenant_id, o.hour FROM tenants t CROSS JOIN LATERAL (
        SELECT u.tenant_id, u.hour FROM usage_hours u
        WHERE u.tenant_id = t.id AND u.hour < floor(extract(epoch FROM now()) / 3600)::int - ${KEPT_DAYS * 24}
        ORDER BY u.hour LIMIT ${FORGOTTEN_HOURS}
      ) AS o
    ) RETURNING 1
  ) SELECT count(*)::int AS taken FROM old`;

/** Sums up what statements and nodes have counted. See docs/design/usage.md. */
export class UsageSummer {
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock = monotonicClock,
  ) {}

  async sumUp(): Promise<{ more: boolean } | null> {
    const began = this.clock.now();
    const forgets = began - this.#forgotAt >= FORGET_EVERY_MS;
    const done = await this.database.transaction(({ query }) => piece(query, forgets), { work: INTERNAL, timeoutMs: TIMEOUT_MS });
    if (done === null) return null;
    if (forgets && !done.moreToForget) this.#forgotAt = began;
    return { more: done.more };
  }
}

async function piece(run: RunStatement, forgets: boolean): Promise<{ more: boolean; moreToForget: boolean } | null> {
  const [lock] = await run<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1::bigint) AS got', [usageLock]);
  if (!lock?.got) return null;
  const deltas = await taken(run, SUM_DELTAS);
  const reports = await taken(run, SUM_REPORTS);
  const moreToForget = forgets && (await taken(run, FORGET)) > 0;
  return { more: deltas === STEP_ROWS || reports > 0 || moreToForget, moreToForget };
}

async function taken(run: RunStatement, sql: string): Promise<number> {
  const [row] = await run<{ taken: number }>(sql, []);
  return row?.taken ?? 0;
}
