import type { GlobalMessage, Message } from '../../core/domain/message.js';
import { isUuid } from '../../core/domain/message-ids.js';
import type { GlobalMessageQuery, MessageQuery, Page, QueryStore } from '../../core/ports/stores/query-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Database } from '../database/database.js';
import type { SqlConditions } from '../database/sql-conditions.js';
import { type MessageRow, type MessageStatusRules, TEXT } from '../message-status.js';
import { readOf } from '../sharing/work.js';
import { type GlobalRow, toGlobalMessage } from './find-globals.js';
import { findMessages } from './find-messages.js';
import { ROWS_EXAMINED, readPage } from './keyset-page.js';
import {
  CANCELLED_ROWS,
  filterOf,
  isOfCancelled,
  isOpen,
  narrowByKey,
  oldestCancelledRow,
  rowsAskedFor,
  rowsCreatedIn,
  timeIn,
} from './message-selection.js';

interface PlannedPage {
  candidates: SqlConditions;
  unordered?: boolean;
  textBytes?: number | undefined;
}

const EMPTY = { items: [], next: null };

/** Answers questions about messages: by id, by filter, page by page. */
export class MessageQueries implements Omit<QueryStore, 'countMessages' | 'countGlobalRows'> {
  constructor(
    private readonly database: Database,
    private readonly rules: MessageStatusRules,
    private readonly clock: Clock,
  ) {}

  async findMessage(tenantId: string, id: string): Promise<Message | null> {
    if (!isUuid(id)) return null;
    const found = await findMessages(
      (text, values) => this.database.query(text, values, { work: readOf(tenantId) }),
      this.rules,
      tenantId,
      [id],
    );
    return found.get(id.toLowerCase()) ?? null;
  }

  async listMessages(
    tenantId: string,
    query: MessageQuery,
    after: string | null,
    limit: number,
    textBytes?: number | undefined,
  ): Promise<Page<Message>> {
    if (query.globalMessageId !== null && !isUuid(query.globalMessageId)) return EMPTY;
    if (isOfCancelled(query) && isOpen(query)) return this.#listCancelled(tenantId, query, after, limit);
    const candidates = rowsAskedFor(tenantId, after, query);
    const unordered = await this.#narrow(candidates, tenantId, query);
    return this.#page(tenantId, { candidates, unordered, textBytes }, query, limit);
  }

  async listGlobalMessages(
    tenantId: string,
    query: GlobalMessageQuery,
    after: string | null,
    limit: number,
  ): Promise<Page<GlobalMessage>> {
    const candidates = rowsCreatedIn(tenantId, after, query.createdAt);
    if (query.topic !== null) candidates.and('m.topic = ?', query.topic);
    const range = query.expiresAt ? timeIn(candidates, 'm.expires_at', query.expiresAt) : 'true';
    const page = await readPage<GlobalRow>(this.database, {
      tenantId,
      table: 'global_messages',
      columns: 'm.id, m.topic, m.expires_at, m.cancelled_at',
      text: 'm.message',
      candidates: candidates.sql,
      filter: range,
      values: candidates.values,
      limit,
    });
    return { items: page.items.map(toGlobalMessage), next: page.next };
  }

  /**
   * Picks the index, and adds what it answers to the candidates.
   *
   * Returns true if they are few and come in no order.
   */
  async #narrow(candidates: SqlConditions, tenantId: string, query: MessageQuery): Promise<boolean> {
    if (query.recipient !== null) narrowByKey(candidates, query);
    else if (query.status === 'PENDING' && (await this.#fewPending(tenantId))) {
      candidates.and(`m.status = 'PENDING'`);
      return true;
    } else if (!isOpen(query)) narrowByKey(candidates, query);
    else if (query.expiresAt !== null) candidates.and('m.expires_at IS NOT NULL');
    return false;
  }

  /**
   * Tells whether so little is pending in a tenant that all of it can be collected for a page.
   *
   * If not, PENDING rows are seldom rare among those that another index finds, newest first.
   */
  async #fewPending(tenantId: string): Promise<boolean> {
    const [count] = await this.database.query<{ pending: number }>(
      `SELECT count(*)::int AS pending FROM (
         SELECT FROM messages m WHERE m.tenant_id = $1 AND m.status = 'PENDING' LIMIT ${ROWS_EXAMINED}
       ) AS counted`,
      [tenantId],
      { work: readOf(tenantId) },
    );
    return (count?.pending ?? 0) < ROWS_EXAMINED;
  }

  /**
   * Lists what is cancelled from its index, then from all rows that are older than the retention.
   *
   * A row without `expiresAt` that has expired but is not marked yet has no entry in that index. It can only
   * be older than the retention.
   */
  async #listCancelled(tenantId: string, query: MessageQuery, after: string | null, limit: number): Promise<Page<Message>> {
    const oldest = oldestCancelledRow(this.clock.now(), this.rules);
    let page: Page<Message> = { items: [], next: null };
    if (after === null || after > oldest) {
      const candidates = rowsAskedFor(tenantId, after, query).and('m.id >= ?::uuid', oldest).and(CANCELLED_ROWS);
      page = await this.#page(tenantId, { candidates }, query, limit);
      // A full first part leaves the second one to the next page.
      if (page.next !== null) return page;
      if (page.items.length === limit) return { items: page.items, next: page.items.at(-1)?.id ?? null };
    }
    const start = after !== null && after < oldest ? after : oldest;
    const candidates = rowsAskedFor(tenantId, start, query);
    const older = await this.#page(tenantId, { candidates }, query, limit - page.items.length);
    return { items: [...page.items, ...older.items], next: older.next };
  }

  async #page(
    tenantId: string,
    { candidates, unordered, textBytes }: PlannedPage,
    query: MessageQuery,
    limit: number,
  ): Promise<Page<Message>> {
    const sql = candidates.sql;
    const page = await readPage<MessageRow>(this.database, {
      tenantId,
      table: 'messages',
      columns: this.rules.columns,
      text: TEXT,
      candidates: sql,
      filter: filterOf(this.rules, candidates, query),
      values: candidates.values,
      limit,
      unordered,
      textBytes,
    });
    return { items: page.items.map((row) => this.rules.asAnswered(row)), next: page.next };
  }
}
