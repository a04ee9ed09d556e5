import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { PendingPage, PendingRequest } from '../../core/ports/stores/delivery-store.js';
import { MicroBatcher, STORM_SPACING } from '../../lib/micro-batcher.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { idMillis, SMALLEST_ID } from '../database/uuid-ranges.js';
import { type MessageStatusRules, TEXT } from '../message-status.js';
import { DELIVERIES } from '../sharing/work.js';

/** Lets this many requests share a query, which may ask for 64 MiB of text together. */
const BATCH = { maxItems: 256, maxWeight: 64 * 1024 * 1024, maxInFlight: 2, spacing: STORM_SPACING };
/** Reads this many messages whose texts were too long for the bus in one query: 2 MiB at most. */
const LONG_BATCH = { maxItems: 32, maxInFlight: 2, spacing: STORM_SPACING };

interface PendingRow {
  n: number;
  id: string;
  message: string;
  topic: string | null;
  expires_at: Date | null;
  global_message_id: string | null;
  /** Rows found for the request, up to one beyond its limit. */
  found: number;
}

type MessageColumns = Omit<PendingRow, 'found'>;

interface Sought {
  tenantId: string;
  id: string;
}

/**
 * Reads what is pending: page by page when a recipient connects, one by one if a text
 * was too long for the bus.
 */
export class PendingReader {
  readonly #pages: MicroBatcher<PendingRequest, PendingPage>;
  readonly #messages: MicroBatcher<Sought, OutgoingMessage | null>;
  readonly #pageSql: string;
  readonly #messageSql: string;

  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
    private readonly metrics: Metrics,
  ) {
    // Each request reads one row beyond its limit, which tells whether there is more. octet_length
    // does not fetch a long text.
    this.#pageSql = `
      SELECT r.n::int, p.id, p.message, p.topic, p.expires_at, p.global_message_id, p.found::int
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::bigint[]) WITH ORDINALITY
        AS r(tenant_id, recipient, topic, after, max_rows, max_bytes, n)
      CROSS JOIN LATERAL (
        SELECT x.*, row_number() OVER (ORDER BY x.id) AS place, count(*) OVER () AS found,
          sum(octet_length(x.message)) OVER (ORDER BY x.id) - octet_length(x.message) AS bytes_before
        FROM (
          SELECT m.id, ${TEXT} AS message, m.topic, m.expires_at, m.global_message_id
          FROM messages m
          WHERE m.tenant_id = r.tenant_id AND m.recipient = r.recipient AND m.id > r.after AND ${rules.pending}
            AND (m.topic IS NULL OR m.topic = r.topic)
            AND (m.global_message_id IS NULL OR EXISTS (
              SELECT FROM global_messages g WHERE g.tenant_id = m.tenant_id AND g.id = m.global_message_id AND g.cancelled_at IS NULL
            ))
          ORDER BY m.id LIMIT r.max_rows + 1
        ) AS x
      ) AS p
      WHERE p.place <= r.max_rows AND p.bytes_before <= r.max_bytes
      ORDER BY r.n, p.id`;
    // LIMIT keeps the planner from making a join of it: one look by the primary key for each is right,
    // whatever the statistics say.
    this.#messageSql = `
      SELECT r.n::int, p.* FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS r(tenant_id, id, n)
      CROSS JOIN LATERAL (
        SELECT m.id, ${TEXT} AS message, m.topic, m.expires_at, m.global_message_id
        FROM messages m WHERE m.tenant_id = r.tenant_id AND m.id = r.id AND ${rules.sendable} LIMIT 1
      ) AS p`;
    this.#pages = new MicroBatcher((requests) => this.#read(requests), { ...BATCH, weigh: ({ maxBytes }) => maxBytes });
    this.#messages = new MicroBatcher((sought) => this.#readMessages(sought), LONG_BATCH);
  }

  page(request: PendingRequest): Promise<PendingPage> {
    return this.#pages.add(request);
  }

  find(tenantId: string, id: string): Promise<OutgoingMessage | null> {
    return this.#messages.add({ tenantId, id });
  }

  async #readMessages(sought: readonly Sought[]): Promise<Array<OutgoingMessage | null>> {
    const rows = await this.database.query<MessageColumns>(
      this.#messageSql,
      [plainArray(sought.map(({ tenantId }) => tenantId)), plainArray(sought.map(({ id }) => id))],
      { work: DELIVERIES },
    );
    const found = sought.map((): OutgoingMessage | null => null);
    for (const row of rows) found[row.n - 1] = toOutgoing(row);
    return found;
  }

  async #read(requests: readonly PendingRequest[]): Promise<PendingPage[]> {
    this.metrics.drainBatchRequests.observe(requests.length);
    const rows = await this.database.query<PendingRow>(
      this.#pageSql,
      [
        plainArray(requests.map(({ tenantId }) => tenantId)),
        textArray(requests.map(({ recipient }) => recipient)),
        textArray(requests.map(({ topic }) => topic)),
        plainArray(requests.map(({ after }) => after ?? SMALLEST_ID)),
        plainArray(requests.map(({ limit }) => limit)),
        plainArray(requests.map(({ maxBytes }) => maxBytes)),
      ],
      { work: DELIVERIES, prepareAs: 'pending' },
    );
    const pages: PendingPage[] = requests.map(() => ({ messages: [], more: false }));
    for (const row of rows) {
      const page = pages[row.n - 1] as PendingPage;
      page.messages.push({ rowId: row.id, message: toOutgoing(row) });
      page.more = row.found > page.messages.length;
    }
    return pages;
  }
}

const toOutgoing = (row: MessageColumns): OutgoingMessage => ({
  id: row.global_message_id ?? row.id,
  message: row.message,
  topic: row.topic,
  createdAt: idMillis(row.id),
  expiresAt: row.expires_at?.getTime() ?? null,
  globalMessageId: row.global_message_id,
});
