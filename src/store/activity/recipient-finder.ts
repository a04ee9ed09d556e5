import type { GlobalMessage } from '../../core/domain/message.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { findGlobals } from '../query/find-globals.js';
import { readOf } from '../sharing/work.js';

/** Lists this many global messages that wait for a recipient, at most. */
const AWAITED = 100;

// Goes from one name to the next by the index of tenant, recipient and id: one probe for each, however many
// messages it has. The collation of names is "C", so their order is that of code points.
const BEGINNING = `
  WITH RECURSIVE found AS (
    (SELECT m.recipient, 1 AS n FROM messages m WHERE m.tenant_id = $1 AND m.recipient >= $2 ORDER BY m.recipient LIMIT 1)
    UNION ALL
    SELECT following.recipient, found.n + 1 FROM found CROSS JOIN LATERAL (
      SELECT m.recipient FROM messages m WHERE m.tenant_id = $1 AND m.recipient > found.recipient ORDER BY m.recipient LIMIT 1
    ) AS following
    WHERE found.n < $3 AND starts_with(found.recipient, $2)
  ) SELECT recipient FROM found WHERE starts_with(recipient, $2)`;

// The subquery keeps one look by the primary key for each global, whatever the statistics say.
const AWAITED_GLOBALS = `
  SELECT g.id FROM global_messages g
  WHERE g.tenant_id = $1 AND g.expires_at > statement_timestamp() AND g.cancelled_at IS NULL
    AND NOT EXISTS (SELECT FROM messages m WHERE m.tenant_id = $1 AND m.id = global_row_id(g.id, $2) OFFSET 0)
  ORDER BY g.id LIMIT ${AWAITED}`;

/** Finds recipients by what waits for them. Recipients are not stored: their messages name them. */
export class RecipientFinder {
  readonly #pendingSql: string;

  /** @param maxPending counts no further */
  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
    maxPending: number,
  ) {
    this.#pendingSql = `SELECT count(*)::int AS pending FROM (
      SELECT FROM messages m WHERE m.tenant_id = $1 AND m.recipient = $2 AND ${rules.pending} LIMIT ${maxPending}
    ) AS counted`;
  }

  async beginning(tenantId: string, beginning: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ recipient: string }>(BEGINNING, [tenantId, beginning, limit], {
      work: readOf(tenantId),
    });
    return rows.map(({ recipient }) => recipient);
  }

  async pendingOf(tenantId: string, recipient: string): Promise<number> {
    const [counted] = await this.#read<{ pending: number }>(tenantId, this.#pendingSql, [tenantId, recipient]);
    return counted?.pending ?? 0;
  }

  async awaitedGlobals(tenantId: string, recipient: string): Promise<GlobalMessage[]> {
    const awaited = await this.#read<{ id: string }>(tenantId, AWAITED_GLOBALS, [tenantId, recipient]);
    if (awaited.length === 0) return [];
    const ids = awaited.map(({ id }) => id);
    return findGlobals((text, values) => this.#read(tenantId, text, values), tenantId, ids);
  }

  #read<Row extends object>(tenantId: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.database.query<Row>(text, values, { work: readOf(tenantId) });
  }
}
