import type { MessageCounts } from '../../core/domain/message.js';
import type { MessageQuery } from '../../core/ports/stores/query-store.js';
import type { Clock } from '../../lib/time/clock.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import type { SqlConditions } from '../database/sql-conditions.js';
import type { MessageStatusRules } from '../message-status.js';
import { readOf } from '../sharing/work.js';
import {
  CANCELLED_ROWS,
  filterOf,
  isOfCancelled,
  isOpen,
  narrowByKey,
  oldestCancelledRow,
  rowsAskedFor,
  statusIs,
} from './message-selection.js';

/** Looks at this many rows for each count, at most. */
const ROWS_COUNTED = 100_000;
/** Gives a count this many milliseconds: the rows may have to come from the disk. */
const TIMEOUT_MS = 20_000;

interface CountedRow {
  pending: number;
  delivered: number;
  cancelled: number;
  examined: number;
}

/** Counts messages by their status as answered, within a bound. */
export class MessageCounter {
  readonly #columns: string;

  constructor(
    private readonly database: Database,
    private readonly rules: MessageStatusRules,
    private readonly clock: Clock,
  ) {
    const statuses = ['PENDING', 'DELIVERED', 'CANCELLED'] as const;
    const counts = statuses.map(
      (status) => `count(*) FILTER (WHERE m.matches AND ${statusIs(rules, status)})::int AS ${status.toLowerCase()}`,
    );
    this.#columns = `${counts.join(', ')}, count(*)::int AS examined`;
  }

  async count(tenantId: string, query: MessageQuery): Promise<MessageCounts> {
    const total = { pending: 0, delivered: 0, cancelled: 0, exact: true };
    let left = ROWS_COUNTED;
    for (const candidates of this.#candidates(tenantId, query)) {
      const row = await this.#countRows(tenantId, { candidates, most: left }, query);
      total.pending += row.pending;
      total.delivered += row.delivered;
      total.cancelled += row.cancelled;
      left -= row.examined;
      if (left < 0) return { ...total, exact: false };
    }
    return total;
  }

  async countGlobals(tenantId: string, ids: readonly string[]): Promise<Map<string, MessageCounts>> {
    const rows = await this.database.query<CountedRow & { id: string }>(
      `SELECT g.id, c.* FROM unnest($2::uuid[]) AS g(id) CROSS JOIN LATERAL (
         SELECT ${this.#columns} FROM (
           SELECT m.*, true AS matches FROM messages m WHERE m.tenant_id = $1 AND m.global_message_id = g.id
           ORDER BY m.id DESC LIMIT ${ROWS_COUNTED + 1}
         ) AS m
       ) AS c`,
      [tenantId, plainArray(ids)],
      { work: readOf(tenantId), timeoutMs: TIMEOUT_MS },
    );
    return new Map(rows.map(({ id, examined, ...counts }) => [id, { ...counts, exact: examined <= ROWS_COUNTED }]));
  }

  /** Lists what has to be looked at, each with an index of its own, none of it twice. */
  #candidates(tenantId: string, query: MessageQuery): SqlConditions[] {
    const all = () => rowsAskedFor(tenantId, null, query);
    if (isOpen(query) && isOfCancelled(query)) {
      const oldest = oldestCancelledRow(this.clock.now(), this.rules);
      return [all().and('m.id >= ?::uuid', oldest).and(CANCELLED_ROWS), all().and('m.id < ?::uuid', oldest)];
    }
    const candidates = all();
    narrowByKey(candidates, query);
    if (query.status === 'PENDING' && isOpen(query)) candidates.and(`m.status = 'PENDING'`);
    else if (query.expiresAt !== null && isOpen(query)) candidates.and('m.expires_at IS NOT NULL');
    return [candidates];
  }

  async #countRows(
    tenantId: string,
    { candidates, most }: { candidates: SqlConditions; most: number },
    query: MessageQuery,
  ): Promise<CountedRow> {
    const where = candidates.sql;
    const filter = filterOf(this.rules, candidates, query);
    // The index of what is pending has another order than that of ids: without one, it is read as it comes.
    const order = query.status === 'PENDING' && isOpen(query) ? '' : 'ORDER BY m.id DESC';
    const [row] = await this.database.query<CountedRow>(
      `SELECT ${this.#columns} FROM (
         SELECT m.*, (${filter}) AS matches FROM messages m WHERE ${where} ${order} LIMIT ${most + 1}
       ) AS m`,
      candidates.values,
      { work: readOf(tenantId), timeoutMs: TIMEOUT_MS },
    );
    return row ?? { pending: 0, delivered: 0, cancelled: 0, examined: 0 };
  }
}
