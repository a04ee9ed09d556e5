import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { adminOf } from '../sharing/work.js';

/** Waits at most this long for a count, in milliseconds: ten million rows take some seconds. */
const TIMEOUT_MS = 8_000;

/** Counts what is pending of a whole tenant, for the limit that it may have. */
export class PendingCount {
  readonly #stored: string;
  readonly #answered: string;

  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
  ) {
    const counting = (condition: string) => `
      SELECT count(*)::int AS pending FROM (
        SELECT FROM messages m WHERE m.tenant_id = $1 AND ${condition} LIMIT $2::bigint
      ) AS counted`;
    // Looks at the index alone. Messages that have just expired are among them until they are written down.
    this.#stored = counting(`m.status = 'PENDING'`);
    this.#answered = counting(rules.pending);
  }

  /** Returns at most `atMost`. Only a tenant that has so many rows costs a look at the rows themselves. */
  async count(tenantId: string, atMost: number): Promise<number> {
    const stored = await this.#run(this.#stored, tenantId, atMost);
    return stored < atMost ? stored : this.#run(this.#answered, tenantId, atMost);
  }

  async #run(sql: string, tenantId: string, atMost: number): Promise<number> {
    const [row] = await this.database.query<{ pending: number }>(sql, [tenantId, atMost], {
      work: adminOf(tenantId),
      timeoutMs: TIMEOUT_MS,
    });
    return row?.pending ?? 0;
  }
}
