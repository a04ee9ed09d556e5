import type { Metrics } from '../../core/ports/metrics.js';
import type { StatusFeedWork } from '../../core/ports/stores/feed/status-feed-store.js';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';
import { numberingLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { INTERNAL } from '../sharing/work.js';
import { EVENT_COLUMNS } from '../status-event-rows.js';

/** Numbers this many events in one transaction. */
const STEP_ROWS = 5_000;
/**
 * Gives each statement this many milliseconds. A node that stops in the middle without a word loses its
 * transaction after twice as long, and another one goes on.
 */
const TIMEOUT_MS = 2_000;
/** Looks at the whole inbox again after so many milliseconds: a fail-over may set the sequence back. */
const FORGET_FLOOR_MS = 30_000;

/**
 * Does more in the transaction that numbers events: an INSERT, UPDATE or DELETE that reads `numbered`, which
 * has `tenant_id`, `number`, the other columns of an event and `recorded_at`.
 */
export interface NumberingStep {
  /** Name of the common table expression. */
  readonly name: string;
  readonly sql: string;
}

const PROBE = `
  SELECT EXISTS (SELECT FROM status_feeds WHERE enabled) AS any_feed,
    EXISTS (SELECT FROM status_event_inbox WHERE seq > $1::bigint) AS waiting`;

// The sequence is read before the snapshot of the next statement is taken: whoever drew an earlier number has
// a transaction that this snapshot knows.
const BEGIN = `SELECT pg_try_advisory_xact_lock($1::bigint) AS got, (SELECT last_value FROM status_event_seq)::text AS drawn`;

/** Composes the statement. Only rows of tenants that have a feed get numbers; those of deleted ones go. */
function numberSql(steps: readonly NumberingStep[]): string {
  return `
    WITH taken AS MATERIALIZED (
      DELETE FROM status_event_inbox WHERE seq = ANY (ARRAY(
        SELECT seq FROM status_event_inbox WHERE seq > $1::bigint ORDER BY seq LIMIT ${STEP_ROWS}
      )) RETURNING *
    ), heads AS (
      UPDATE status_feed_heads h
      SET last_number = h.last_number + c.events, recorded_at = greatest(h.recorded_at, clock_timestamp())
      FROM (SELECT tenant_id, count(*) AS events FROM taken GROUP BY tenant_id) AS c WHERE h.tenant_id = c.tenant_id
      RETURNING h.tenant_id, h.last_number - c.events AS before, h.recorded_at
    ), numbered AS (
      INSERT INTO status_events (number, recorded_at, ${EVENT_COLUMNS})
      SELECT h.before + row_number() OVER (PARTITION BY t.tenant_id ORDER BY t.seq), h.recorded_at,
        ${EVENT_COLUMNS.split(', ')
          .map((column) => `t.${column}`)
          .join(', ')}
      FROM taken t JOIN heads h ON h.tenant_id = t.tenant_id
      RETURNING *
    )${steps.map(({ name, sql }) => `, ${name} AS (${sql})`).join('')}
    SELECT (SELECT count(*)::int FROM taken) AS taken, (SELECT max(seq)::text FROM taken) AS last,
      (SELECT count(*)::int FROM numbered) AS numbered,
      (SELECT extract(epoch FROM max(recorded_at - at))::float8 FROM numbered WHERE type IN ('DELIVERED', 'RECALLED')) AS lag,
      ARRAY(SELECT tenant_id::text FROM heads) AS tenants,
      pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax`;
}

interface Numbered {
  taken: number;
  last: string | null;
  numbered: number;
  lag: number | null;
  tenants: string[];
  xmin: string;
  xmax: string;
}

interface EventNumbererDeps {
  database: Database;
  metrics: Pick<Metrics, 'statusEvents' | 'statusEventLagSeconds'>;
  steps: readonly NumberingStep[];
  /** Told of tenants whose events got numbers, after the commit. */
  onNumbered(tenantIds: readonly string[]): void;
  clock?: Clock;
}

/** Gives events their numbers, one node at a time. See docs/design/status-feed.md. */
export class EventNumberer {
  readonly #sql: string;
  readonly #clock: Clock;
  /** Everything up to here is numbered: no transaction is left that could add to it. */
  #floor = 0n;
  #floorForgottenAt: number;
  /** A later floor, once all transactions that the snapshot knew have ended. */
  #nextFloor: { drawn: bigint; xmax: bigint } | null = null;

  constructor(private readonly deps: EventNumbererDeps) {
    this.#sql = numberSql(deps.steps);
    this.#clock = deps.clock ?? monotonicClock;
    this.#floorForgottenAt = this.#clock.now();
  }

  async number(): ReturnType<StatusFeedWork['numberStatusEvents']> {
    const { database, metrics, onNumbered } = this.deps;
    if (this.#clock.now() - this.#floorForgottenAt > FORGET_FLOOR_MS) this.#forgetFloor();
    const [probe] = await database.query<{ any_feed: boolean; waiting: boolean }>(PROBE, [String(this.#floor)], {
      work: INTERNAL,
      timeoutMs: TIMEOUT_MS,
    });
    if (!probe?.waiting) return { numbered: 0, more: false, anyFeed: probe?.any_feed ?? false };
    const done = await database.transaction(({ query }) => this.#step(query), { work: INTERNAL, timeoutMs: TIMEOUT_MS });
    if (done === null) return null;
    this.#moveFloor(done.drawn, done.result);
    const { numbered, taken, lag, tenants } = done.result;
    metrics.statusEvents.inc(numbered);
    if (lag !== null) metrics.statusEventLagSeconds.observe(lag);
    if (tenants.length > 0) onNumbered(tenants);
    return { numbered, more: taken === STEP_ROWS, anyFeed: true };
  }

  async #step(run: RunStatement): Promise<{ drawn: bigint; result: Numbered } | null> {
    const [begun] = await run<{ got: boolean; drawn: string }>(BEGIN, [numberingLock]);
    if (!begun?.got) return null;
    const [result] = await run<Numbered>(this.#sql, [String(this.#floor)]);
    if (!result) throw new Error('numbering answered no row');
    return { drawn: BigInt(begun.drawn), result };
  }

  #moveFloor(drawn: bigint, { taken, last, xmin, xmax }: Numbered): void {
    const next = this.#nextFloor;
    if (next !== null && BigInt(xmin) < next.xmax) return;
    // A full step has left what lies behind its last event.
    if (next !== null)
      this.#floor = taken === STEP_ROWS && last !== null && BigInt(last) < next.drawn ? BigInt(last) : next.drawn;
    this.#nextFloor = { drawn, xmax: BigInt(xmax) };
  }

  #forgetFloor(): void {
    this.#floor = 0n;
    this.#nextFloor = null;
    this.#floorForgottenAt = this.#clock.now();
  }
}
