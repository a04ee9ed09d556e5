import type { HeldRecipient, HeldRecipients, PendingFound, PendingLook } from '../../core/ports/stores/delivery-store.js';
import { sleep, systemTimers, type Timers } from '../../lib/time/timers.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { firstIdAt } from '../database/uuid-ranges.js';
import type { MessageStatusRules } from '../message-status.js';
import { advanceWatermark, type LookPosition } from './pending-watermark.js';

/** With no more rows pending in the tenants of a node, one scan finds those of its recipients. */
const FEW_PENDING = 4_000;
/** New rows that are read, for each recipient that is held, of which a quarter may be pending: with more, looking for each by its name costs no more. */
const NEW_ROWS_PER_HELD = 2;
const MAX_NEW_ROWS = 100_000;
const PENDING_PART = 4;
const PROBE_CHUNK = 2_000;
/** Between the chunks of a sweep, so that it does not come as one blow. */
const PROBE_PAUSE_MS = 20;

interface FoundRow {
  /** Neither as many rows as may be were examined, nor as many of them found pending; else nothing is answered. */
  few: boolean;
  tenant_id: string | null;
  recipient: string | null;
}

/**
 * The limit and the order keep the planner to a walk along an index, tenant by tenant, whatever it thinks of the table.
 * @param examined recipients and whether something is pending for them, of tenant t.id
 */
const foundAmong = (examined: string, limit: string, pendingLimit: string): string => `
  WITH examined AS MATERIALIZED (
    SELECT t.id AS tenant_id, r.recipient, r.pending FROM unnest($1::uuid[]) AS t(id)
    CROSS JOIN LATERAL (${examined} LIMIT ${limit}) AS r LIMIT ${limit}
  )
  SELECT counted.few, found.tenant_id, found.recipient FROM (
    SELECT count(*) < ${limit} AND count(*) FILTER (WHERE pending) < ${pendingLimit} AS few FROM examined
  ) AS counted
  LEFT JOIN (SELECT DISTINCT tenant_id, recipient FROM examined WHERE pending) AS found ON counted.few`;

// Expiry is left to whoever reads the messages.
const SCAN = foundAmong(
  `SELECT m.recipient, true AS pending FROM messages m
   WHERE m.tenant_id = t.id AND m.status = 'PENDING' AND m.id < $2 ORDER BY m.recipient, m.id`,
  `${FEW_PENDING}`,
  `${FEW_PENDING}`,
);

/**
 * Which of the recipients that a node holds have something pending. While little is pending, all that is; else what became visible since
 * the look before, beside those who are named; and by name everybody, if that is asked for, cannot be told, or is too much.
 */
export class PendingFinder {
  readonly #newSql: string;
  readonly #probeSql: string;

  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
    private readonly timers: Timers = systemTimers,
  ) {
    this.#newSql = foundAmong(
      `SELECT m.recipient, ${rules.pending} AS pending FROM messages m
       WHERE m.tenant_id = t.id AND m.id >= $2 AND m.id < $3 ORDER BY m.id`,
      '$4::int',
      `$4::int / ${PENDING_PART}`,
    );
    // OFFSET 0 keeps the planner from making a join of it, which read all that is pending for each chunk.
    this.#probeSql = `
      SELECT r.n::int FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(tenant_id, recipient, n)
      WHERE EXISTS (
        SELECT FROM messages m WHERE m.tenant_id = r.tenant_id AND m.recipient = r.recipient AND m.id < $3 AND ${rules.pending} OFFSET 0
      )`;
  }

  async find(look: PendingLook): Promise<PendingFound> {
    const all = await this.#scan(look);
    if (all) return { pending: all, watermark: null, doubt: false };
    const position = await this.#takePosition();
    const { watermark, since, doubt } = advanceWatermark(look.last, position, look.minAgeMs);
    const held = look.held();
    const before = idsBefore(position.now, look);
    const found = look.everything || doubt || since === null ? null : await this.#findNew(held, firstIdAt(since), before, look);
    return { pending: found ?? (await this.#probe(held, before)), watermark, doubt };
  }

  async #takePosition(): Promise<LookPosition> {
    const sentAt = this.timers.now();
    const [first] = await this.database.query<{ fence: string; now: number }>(
      'SELECT pg_current_xact_id()::text AS fence, extract(epoch FROM now())::float8 * 1000 AS now WHERE $1',
      [true],
    );
    const answeredAt = this.timers.now();
    const [second] = await this.database.query<{ snapshot: string; late_rows: string }>(
      `SELECT pg_current_snapshot()::text AS snapshot, (SELECT last_value::text || is_called FROM late_rows_seq) AS late_rows WHERE $1`,
      [true],
    );
    if (!first || !second) throw new Error('a look at what is pending got no place in time');
    return { ...first, sentAt, answeredAt, snapshot: second.snapshot, lateRows: second.late_rows };
  }

  /** Null if more is pending than one scan should read. */
  async #scan(look: PendingLook): Promise<HeldRecipient[] | null> {
    if (look.held().count === 0) return [];
    const [clock] = await this.database.query<{ now: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now WHERE $1',
      [true],
    );
    const held = look.held();
    const rows = await this.database.query<FoundRow>(SCAN, [plainArray(held.tenantIds), idsBefore(clock?.now ?? 0, look)]);
    return heldAmong(rows, held);
  }

  /** Null if more is new than one should read. */
  async #findNew(held: HeldRecipients, from: string, before: string, look: PendingLook): Promise<HeldRecipient[] | null> {
    const limit = Math.min(MAX_NEW_ROWS, Math.max(FEW_PENDING, NEW_ROWS_PER_HELD * held.count));
    const rows = await this.database.query<FoundRow>(this.#newSql, [plainArray(held.tenantIds), from, before, limit]);
    const found = heldAmong(rows, held);
    return found && [...found, ...(await this.#probe(look.also(), before))];
  }

  async #probe(recipients: Iterable<HeldRecipient>, before: string): Promise<HeldRecipient[]> {
    const found: HeldRecipient[] = [];
    let chunk: HeldRecipient[] = [];
    const ask = async () => {
      const rows = await this.database.query<{ n: number }>(this.#probeSql, [
        plainArray(chunk.map(({ tenantId }) => tenantId)),
        textArray(chunk.map(({ recipient }) => recipient)),
        before,
      ]);
      for (const { n } of rows) found.push(chunk[n - 1] as HeldRecipient);
      chunk = [];
    };
    // Connections come and go while it waits: who stays is met, and who comes reads what is pending.
    for (const recipient of recipients) {
      chunk.push(recipient);
      if (chunk.length < PROBE_CHUNK) continue;
      await ask();
      await sleep(this.timers, PROBE_PAUSE_MS);
    }
    if (chunk.length > 0) await ask();
    return found;
  }
}

const idsBefore = (now: number, { minAgeMs }: PendingLook): string => firstIdAt(Math.floor(now - minAgeMs) + 1);

/** Null if they are not few. */
function heldAmong(rows: readonly FoundRow[], held: HeldRecipients): HeldRecipient[] | null {
  if (!rows[0]?.few) return null;
  const found: HeldRecipient[] = [];
  for (const { tenant_id: tenantId, recipient } of rows) {
    if (tenantId !== null && recipient !== null && held.has(tenantId, recipient)) found.push({ tenantId, recipient });
  }
  return found;
}
