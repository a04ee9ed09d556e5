import { badInput, TidingsError } from '../../core/domain/errors.js';
import { isUuid } from '../../core/domain/message-ids.js';
import { type EventPosition, eventId, parseEventId } from '../../core/domain/status-feed/event-position.js';
import type { StatusEvent } from '../../core/domain/status-feed/status-event.js';
import type { StatusEventPage, StatusEventQuery } from '../../core/ports/stores/feed/status-feed-store.js';
import type { Database } from '../database/database.js';
import { SqlConditions } from '../database/sql-conditions.js';
import { readOf } from '../sharing/work.js';

/** Looks at this many events for a page, at most. */
const EVENTS_EXAMINED = 5_000;

interface HeadRow {
  epoch: number;
  newest: string;
  forgotten: string;
}

interface EventRow {
  number: string;
  matches: boolean;
  place: string;
  type: StatusEvent['type'];
  at: Date;
  message_id: string;
  recipient: string;
  topic: string | null;
  global_message_id: string | null;
  receipt: StatusEvent['receipt'];
  cancel_reason: StatusEvent['cancelReason'];
}

type FoundRow = HeadRow & (EventRow | { number: null });

const HEAD = `
  SELECT s.epoch, coalesce(h.last_number, 0) AS newest, coalesce(h.forgotten_to, 0) AS forgotten
  FROM status_feed_state s LEFT JOIN status_feed_heads h ON h.tenant_id = $1`;

interface Head {
  epoch: number;
  newest: number;
  forgotten: number;
}

const toHead = ({ epoch, newest, forgotten }: HeadRow): Head => ({ epoch, newest: Number(newest), forgotten: Number(forgotten) });

/** Reads a tenant's feed. See docs/design/status-feed.md. */
export class EventReader {
  constructor(private readonly database: Database) {}

  async newest(tenantId: string): Promise<string> {
    const [row] = await this.database.query<HeadRow>(HEAD, [tenantId], { work: readOf(tenantId) });
    if (!row) throw new Error('status_feed_state has no row');
    const { epoch, newest } = toHead(row);
    return eventId(tenantId, { epoch, number: newest });
  }

  async read(tenantId: string, query: StatusEventQuery, after: string | null, limit: number): Promise<StatusEventPage> {
    const position = after === null ? null : parseEventId(tenantId, after);
    if (after !== null && position === null) throw badInput('after', 'after is no position of this feed');
    const rows = await this.#rows(tenantId, query, position, limit);
    const [first] = rows;
    if (!first) throw new Error('status_feed_state has no row');
    const head = toHead(first);
    const idOf = (number: number) => eventId(tenantId, { epoch: head.epoch, number });
    if (position !== null && !isKept(position, head))
      throw new TidingsError('POSITION_EXPIRED', 'Events behind this position are not here, or no longer.', {
        oldest: idOf(head.forgotten),
      });
    const from = Math.max(position?.number ?? 0, head.forgotten);
    const found = rows.filter((row): row is HeadRow & EventRow => row.number !== null);
    const { items, last } = cut(found, limit);
    const next = last ?? Math.max(head.newest, from);
    return {
      items: items.map((row) => toEvent(row, idOf)),
      from: idOf(from),
      next: idOf(next),
      more: next < head.newest,
    };
  }

  /** Reads the head and the events behind it in one snapshot. The head stands alone if there are no events. */
  #rows(tenantId: string, query: StatusEventQuery, position: EventPosition | null, limit: number): Promise<FoundRow[]> {
    const candidates = new SqlConditions().and('e.tenant_id = ?', tenantId).and('e.number > ?::bigint', position?.number ?? 0);
    if (query.recipient !== null) candidates.and('e.recipient = ?', query.recipient);
    const examined = candidates.sql;
    const filter = filterOf(candidates, query);
    return this.database.query<FoundRow>(
      `WITH head AS MATERIALIZED (${HEAD})
       SELECT head.*, x.* FROM head LEFT JOIN LATERAL (
         SELECT y.*, (${filter}) AS matches FROM (
           SELECT e.*, row_number() OVER (ORDER BY e.number) AS place FROM status_events e
           WHERE ${examined} AND e.number > head.forgotten ORDER BY e.number LIMIT ${EVENTS_EXAMINED}
         ) AS y WHERE (${filter}) OR y.place = ${EVENTS_EXAMINED}
         ORDER BY y.number LIMIT ${limit + 1}
       ) AS x ON true ORDER BY x.number`,
      candidates.values,
      { work: readOf(tenantId) },
    );
  }
}

const isKept = ({ epoch, number }: EventPosition, head: Head): boolean =>
  epoch === head.epoch && number >= head.forgotten && number <= head.newest;

/** Composes the condition on a row `y` that an index does not answer. */
function filterOf(conditions: SqlConditions, { types, topic, globalMessageId, globals }: StatusEventQuery): string {
  const all = ['true'];
  if (types !== null) all.push(`y.type = ANY (${conditions.bind(`{${types.join()}}`)}::"StatusEventType"[])`);
  if (topic !== null) all.push(`y.topic = ${conditions.bind(topic)}`);
  if (globalMessageId !== null)
    all.push(isUuid(globalMessageId) ? `y.global_message_id = ${conditions.bind(globalMessageId)}::uuid` : 'false');
  if (globals !== null) all.push(`(y.global_message_id IS NOT NULL) = ${conditions.bind(globals)}::boolean`);
  return all.join(' AND ');
}

/**
 * Ends the page at its limit, or where enough was looked at.
 *
 * @returns the last number that the page covers; null if it covers all there is
 */
function cut(rows: readonly EventRow[], limit: number): { items: EventRow[]; last: number | null } {
  const items: EventRow[] = [];
  for (const row of rows) {
    if (items.length === limit) return { items, last: Number(items.at(-1)?.number) };
    if (row.matches) items.push(row);
    if (Number(row.place) === EVENTS_EXAMINED) return { items, last: Number(row.number) };
  }
  return { items, last: null };
}

const toEvent = (row: EventRow, idOf: (number: number) => string): StatusEvent => ({
  id: idOf(Number(row.number)),
  type: row.type,
  at: row.at,
  messageId: row.message_id,
  recipient: row.recipient,
  topic: row.topic,
  globalMessageId: row.global_message_id,
  receipt: row.receipt,
  cancelReason: row.cancel_reason,
});
