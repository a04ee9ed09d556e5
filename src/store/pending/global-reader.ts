import { LRUCache } from 'lru-cache';
import { type OutgoingMessage, outgoingMessage } from '../../core/domain/outgoing-message.js';
import { MicroBatcher, STORM_SPACING } from '../../lib/micro-batcher.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { firstIdAt } from '../database/uuid-ranges.js';
import { GLOBAL_COLUMNS, type GlobalRow, toGlobalMessage } from '../query/find-globals.js';
import { DELIVERIES } from '../sharing/work.js';

interface Subject {
  tenantId: string;
  recipient: string;
  topic: string | null;
}

/** Caches this many bytes of texts. They never change, and a storm of connects asks for the same ones. */
const CACHE_BYTES = 16 * 1024 * 1024;

// OFFSET 0 keeps the planner from making a join of it: one look by the primary key for each pair is right
// however many rows there are. With old statistics it chose to read all rows of the tenant for each pair.
const UNSENT = `
  SELECT r.n::int, array_agg(g.id::text ORDER BY g.id) AS ids
  FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS r(tenant_id, recipient, topic, n)
  JOIN global_messages g ON g.tenant_id = r.tenant_id AND g.expires_at > statement_timestamp() AND g.cancelled_at IS NULL
    AND (g.topic IS NULL OR g.topic = r.topic)
  WHERE NOT EXISTS (
    SELECT FROM messages m WHERE m.tenant_id = r.tenant_id AND m.id = global_row_id(g.id, r.recipient) OFFSET 0
  )
  GROUP BY r.n`;

/** Reads global messages for delivery nodes. See docs/design/globals.md. */
export class GlobalReader {
  readonly #unsent: MicroBatcher<Subject, string[]>;
  readonly #texts = new LRUCache<string, OutgoingMessage>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ message }) => 200 + 2 * message.length,
  });
  /** True for a global message that runs: neither cancelled nor expired. */
  readonly #running: string;

  constructor(
    private readonly database: Database,
    retentionMs: number,
  ) {
    this.#running = `g.cancelled_at IS NULL AND
      coalesce(g.expires_at, g.created_at + interval '${Math.floor(retentionMs)} milliseconds') > statement_timestamp()`;
    this.#unsent = new MicroBatcher((subjects) => this.#readUnsent(subjects), {
      maxItems: 256,
      maxInFlight: 2,
      spacing: STORM_SPACING,
    });
  }

  async unsent(tenantId: string, recipient: string, topic: string | null): Promise<OutgoingMessage[]> {
    const ids = await this.#unsent.add({ tenantId, recipient, topic });
    return ids.length === 0 ? [] : this.#textsOf(tenantId, ids);
  }

  async find(tenantId: string, id: string): Promise<OutgoingMessage | null> {
    const rows = await this.database.query<GlobalRow>(
      `SELECT ${GLOBAL_COLUMNS} FROM global_messages g WHERE g.tenant_id = $1 AND g.id = $2 AND ${this.#running}`,
      [tenantId, id],
      { work: DELIVERIES },
    );
    return rows[0] ? outgoingMessage(toGlobalMessage(rows[0])) : null;
  }

  async since(tenantIds: readonly string[], since: Date): Promise<Array<{ tenantId: string; message: OutgoingMessage }>> {
    if (tenantIds.length === 0) return [];
    const rows = await this.database.query<GlobalRow & { tenant_id: string }>(
      `SELECT g.tenant_id, ${GLOBAL_COLUMNS} FROM global_messages g
       WHERE g.tenant_id = ANY ($1::uuid[]) AND g.id >= $2 AND ${this.#running} ORDER BY g.id`,
      [plainArray(tenantIds), firstIdAt(since.getTime())],
      { work: DELIVERIES },
    );
    return rows.map((row) => ({ tenantId: row.tenant_id, message: outgoingMessage(toGlobalMessage(row)) }));
  }

  async #readUnsent(subjects: readonly Subject[]): Promise<string[][]> {
    const rows = await this.database.query<{ n: number; ids: string[] }>(
      UNSENT,
      [
        plainArray(subjects.map(({ tenantId }) => tenantId)),
        textArray(subjects.map(({ recipient }) => recipient)),
        textArray(subjects.map(({ topic }) => topic)),
      ],
      { work: DELIVERIES, prepareAs: 'unsent' },
    );
    const unsent: string[][] = subjects.map(() => []);
    for (const { n, ids } of rows) unsent[n - 1] = ids;
    return unsent;
  }

  async #textsOf(tenantId: string, ids: readonly string[]): Promise<OutgoingMessage[]> {
    const known = new Map<string, OutgoingMessage>();
    const missing: string[] = [];
    for (const id of ids) {
      const message = this.#texts.get(tenantId + id);
      if (message) known.set(id, message);
      else missing.push(id);
    }
    if (missing.length > 0) {
      const rows = await this.database.query<GlobalRow>(
        `SELECT ${GLOBAL_COLUMNS} FROM global_messages g WHERE g.tenant_id = $1 AND g.id = ANY ($2::uuid[])`,
        [tenantId, plainArray(missing)],
        { work: DELIVERIES },
      );
      for (const row of rows) {
        const message = outgoingMessage(toGlobalMessage(row));
        known.set(row.id, message);
        this.#texts.set(tenantId + row.id, message);
      }
    }
    return ids.flatMap((id) => known.get(id) ?? []);
  }
}
