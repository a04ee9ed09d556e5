import type { HeldRecipient, HeldRecipients, PendingFound, PendingLook } from '../../core/ports/stores/delivery-store.js';
import { sleep, systemTimers, type Timers } from '../../lib/time/timers.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { firstIdAt } from '../database/uuid-ranges.js';
import type { MessageStatusRules } from '../message-status.js';
import { DELIVERIES } from '../sharing/work.js';
import { advanceWatermark, type LookPosition } from './pending-watermark.js';

/** Finds a node's recipients by one scan while fewer rows than this are pending in its tenants. */
const FEW_PENDING = 4_000;
/**
 * Reads this many new rows for each held recipient, at most; a quarter of them may be pending.
 *
 * With more, looking for each recipient by name costs no more.
 */
const NEW_ROWS_PER_HELD = 2;
const MAX_NEW_ROWS = 100_000;
/** Stops where more than one in this many new rows is pending. */
const PENDING_PART = 4;
/** Probes for this many recipients in one statement. */
const PROBE_CHUNK = 2_000;
/** Pauses this many milliseconds between chunks, so that a sweep does not come as one blow. */
const PROBE_PAUSE_MS = 20;

interface FoundRow {
  /** True if fewer rows than the limits were examined and found pending. If not, no recipient is returned. */
  few: boolean;
  tenant_id: string | null;
  recipient: string | null;
}

/**
 * Composes a statement that returns the recipients with pending rows among the rows it examines.
 *
 * The limit and the order keep the planner to a walk along an index, tenant by tenant,
 * whatever it thinks of the table.
 *
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

// Expired rows count, too: whoever reads the messages leaves them out.
const SCAN = foundAmong(
  `SELECT m.recipient, true AS pending FROM messages m
   WHERE m.tenant_id = t.id AND m.status = 'PENDING' AND m.id < $2 ORDER BY m.recipient, m.id`,
  `${FEW_PENDING}`,
  `${FEW_PENDING}`,
);

/**
 * Finds which of the recipients that a node holds have pending messages. See docs/design/watermark.md.
 *
 * While little is pending it reads all of it. Else it reads what became visible since the last look, and
 * looks by name for those whom the caller names. It looks for everybody by name if that is asked for, if what
 * is new cannot be told, or if too much is new.
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
    // Without OFFSET 0 the planner makes a join of it, which read all that is pending for each chunk.
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

  /** Takes the position of a look: its fence, then a snapshot, in two transactions, one after the other. */
  async #takePosition(): Promise<LookPosition> {
    const sentAt = this.timers.now();
    const [first] = await this.database.query<{ fence: string; now: string }>(
      'SELECT pg_current_xact_id()::text AS fence, (extract(epoch FROM now()) * 1000)::text AS now WHERE $1',
      [true],
      { work: DELIVERIES },
    );
    const answeredAt = this.timers.now();
    const [second] = await this.database.query<{ snapshot: string; late_rows: string }>(
      `SELECT pg_current_snapshot()::text AS snapshot, (SELECT last_value::text || is_called FROM late_rows_seq) AS late_rows WHERE $1`,
      [true],
      { work: DELIVERIES },
    );
    if (!first || !second) throw new Error('a look at what is pending got no place in time');
    return {
      fence: first.fence,
      now: Number(first.now),
      sentAt,
      answeredAt,
      snapshot: second.snapshot,
      lateRows: second.late_rows,
    };
  }

  /** Scans all that is pending. Returns null if that is more than one scan should read. */
  async #scan(look: PendingLook): Promise<HeldRecipient[] | null> {
    if (look.held().count === 0) return [];
    const [clock] = await this.database.query<{ now: string }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS now WHERE $1',
      [true],
      { work: DELIVERIES },
    );
    const held = look.held();
    const rows = await this.database.query<FoundRow>(
      SCAN,
      [plainArray(held.tenantIds), idsBefore(Number(clock?.now ?? 0), look)],
      { work: DELIVERIES },
    );
    return heldAmong(rows, held);
  }

  /**
   * Reads what is new, and looks for those who are named.
   *
   * Returns null if more is new than should be read.
   */
  async #findNew(held: HeldRecipients, from: string, before: string, look: PendingLook): Promise<HeldRecipient[] | null> {
    const limit = Math.min(MAX_NEW_ROWS, Math.max(FEW_PENDING, NEW_ROWS_PER_HELD * held.count));
    const rows = await this.database.query<FoundRow>(this.#newSql, [plainArray(held.tenantIds), from, before, limit], {
      work: DELIVERIES,
    });
    const found = heldAmong(rows, held);
    return found && [...found, ...(await this.#probe(look.also(), before))];
  }

  /** Looks for each recipient by name. */
  async #probe(recipients: Iterable<HeldRecipient>, before: string): Promise<HeldRecipient[]> {
    const found: HeldRecipient[] = [];
    let chunk: HeldRecipient[] = [];
    const ask = async () => {
      const rows = await this.database.query<{ n: number }>(
        this.#probeSql,
        [plainArray(chunk.map(({ tenantId }) => tenantId)), textArray(chunk.map(({ recipient }) => recipient)), before],
        { work: DELIVERIES },
      );
      for (const { n } of rows) found.push(chunk[n - 1] as HeldRecipient);
      chunk = [];
    };
    // Connections come and go during the pauses: who stays is met, and who comes reads what is pending.
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

/** Picks the recipients that are held. Returns null if the rows were not few. */
function heldAmong(rows: readonly FoundRow[], held: HeldRecipients): HeldRecipient[] | null {
  if (!rows[0]?.few) return null;
  const found: HeldRecipient[] = [];
  for (const { tenant_id: tenantId, recipient } of rows) {
    if (tenantId !== null && recipient !== null && held.has(tenantId, recipient)) found.push({ tenantId, recipient });
  }
  return found;
}
