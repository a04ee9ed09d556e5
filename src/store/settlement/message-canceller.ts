import type { AuditNote } from '../../core/domain/audit.js';
import { LIMITS } from '../../core/domain/limits.js';
import { isUuid } from '../../core/domain/message-ids.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { CancelResult, CancelSelection } from '../../core/ports/stores/recall-store.js';
import type { AuditLog } from '../audit/audit-log.js';
import { plainArray } from '../database/array-literals.js';
import type { RunStatement } from '../database/run-statement.js';
import { SqlConditions } from '../database/sql-conditions.js';
import type { MessageStatusRules } from '../message-status.js';
import { recallOf } from '../sharing/work.js';
import { statusMove } from './status-move.js';

/** Gives a recall this many milliseconds: by topic or global it may have to look at all that is pending. */
const TIMEOUT_MS = 20_000;

const NOTHING: CancelResult = { cancelled: 0, complete: true, ids: [], globalEnded: false };

/** Recalls messages, and ends global messages. See docs/design/settlement.md. */
export class MessageCanceller {
  constructor(
    private readonly audit: AuditLog,
    private readonly rules: MessageStatusRules,
    private readonly metrics: Metrics,
  ) {}

  async cancel(tenantId: string, selection: CancelSelection, note: AuditNote | null = null): Promise<CancelResult> {
    const { globalMessageId } = selection;
    if (globalMessageId !== null && !isUuid(globalMessageId)) return NOTHING;
    const result = await this.audit.transaction(
      note,
      async ({ query }) => {
        const globalEnded = namesGlobalAlone(selection) && (await endGlobal(query, tenantId, globalMessageId as string));
        return { ...(await this.#cancelRows(query, tenantId, selection)), globalEnded };
      },
      { work: recallOf(tenantId), timeoutMs: TIMEOUT_MS },
    );
    this.metrics.cancelled.inc(result.cancelled);
    return result;
  }

  async #cancelRows(run: RunStatement, tenantId: string, selection: CancelSelection): Promise<Omit<CancelResult, 'globalEnded'>> {
    const { ids, recipient, globalMessageId, topic } = selection;
    if (ids === null && recipient === null && globalMessageId === null && topic === null) return NOTHING;
    const selected = new SqlConditions().and('m.tenant_id = ?', tenantId);
    if (ids !== null) selected.and('m.id = ANY (?::uuid[])', plainArray(ids.filter(isUuid)));
    if (recipient !== null) selected.and('m.recipient = ?', recipient);
    if (globalMessageId !== null) selected.and('m.global_message_id = ?::uuid', globalMessageId);
    if (topic !== null) selected.and('m.topic = ?', topic);
    // Finds all that match before it picks the oldest: an ORDER BY with LIMIT would tempt the planner to walk
    // the whole tenant. Then locks them in the order of their keys, and leaves alone what was settled
    // meanwhile. Arrays make each step a look-up by primary key; a join of 10,000 rows, which the planner
    // took for a handful, was quadratic.
    const [row] = await run<{ ids: string[] | null; matching: number }>(
      statusMove({
        find: `matching AS MATERIALIZED (
         SELECT m.id FROM messages m WHERE ${selected.sql} AND ${this.rules.pending}
       ), locked AS MATERIALIZED (
         SELECT m.id FROM messages m
         WHERE m.tenant_id = $1 AND m.id = ANY (ARRAY(SELECT id FROM matching ORDER BY id LIMIT ${LIMITS.cancelPerCall}))
           AND ${this.rules.pending}
         ORDER BY m.id FOR NO KEY UPDATE
       )`,
        change: `
         UPDATE messages m
         SET status = 'CANCELLED', cancel_reason = 'RECALLED', cancelled_at = date_trunc('milliseconds', clock_timestamp())
         WHERE m.tenant_id = $1 AND m.id = ANY (ARRAY(SELECT id FROM locked))`,
        told: { recalled: 'true' },
        answer: `
         SELECT (SELECT array_agg(id::text ORDER BY id) FROM changed) AS ids, (SELECT count(*)::int FROM matching) AS matching`,
      }),
      selected.values,
    );
    const cancelled = row?.ids ?? [];
    return { cancelled: cancelled.length, complete: (row?.matching ?? 0) <= LIMITS.cancelPerCall, ids: cancelled };
  }
}

const namesGlobalAlone = ({ ids, recipient, globalMessageId, topic }: CancelSelection): boolean =>
  globalMessageId !== null && ids === null && recipient === null && topic === null;

/**
 * Ends a global message, unless it has ended before. Returns false if there is none.
 *
 * Its row stays locked until the rows that exist are recalled. Whoever makes a row
 * later sees that it has ended.
 */
async function endGlobal(run: RunStatement, tenantId: string, id: string): Promise<boolean> {
  const found = await run(`SELECT FROM global_messages WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
  if (found.length === 0) return false;
  await run(
    `UPDATE global_messages SET cancelled_at = date_trunc('milliseconds', clock_timestamp())
     WHERE tenant_id = $1 AND id = $2 AND cancelled_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
    [tenantId, id],
  );
  return true;
}
