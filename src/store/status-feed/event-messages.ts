import { LIMITS } from '../../core/domain/limits.js';
import type { Message } from '../../core/domain/message.js';
import type { StatusEvent } from '../../core/domain/status-feed/status-event.js';
import type { StatusFeedStore } from '../../core/ports/stores/feed/status-feed-store.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { type MessageRow, type MessageStatusRules, TEXT } from '../message-status.js';
import { readOf } from '../sharing/work.js';

type FoundRow = MessageRow & { place: number; is_last: boolean };

/** Finds the messages of events, as far as their texts have room in one answer. */
export class EventMessages {
  readonly #sql: string;

  constructor(
    private readonly database: Database,
    private readonly rules: MessageStatusRules,
  ) {
    this.#sql = `
      SELECT x.* FROM (
        SELECT ${rules.columns}, ${TEXT} AS message, w.place::int AS place,
          lead(w.place) OVER (ORDER BY w.place) IS NULL AS is_last,
          sum(octet_length(${TEXT})) OVER (ORDER BY w.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
        FROM unnest($2::uuid[]) WITH ORDINALITY AS w(id, place) JOIN messages m ON m.tenant_id = $1 AND m.id = w.id
      ) AS x WHERE coalesce(x.bytes_before, 0) <= ${LIMITS.pageTextBytes} ORDER BY x.place`;
  }

  async of(tenantId: string, events: readonly StatusEvent[]): ReturnType<StatusFeedStore['messagesOfEvents']> {
    const ids = [...new Set(events.map(({ messageId }) => messageId))];
    const messages = new Map<string, Message>();
    if (ids.length === 0) return { messages, complete: 0 };
    const rows = await this.database.query<FoundRow>(this.#sql, [tenantId, plainArray(ids)], { work: readOf(tenantId) });
    for (const row of rows) messages.set(row.id, this.rules.asAnswered(row));
    const last = rows.at(-1);
    if (last?.is_last === false) {
      const left = new Set(ids.slice(last.place));
      return { messages, complete: events.findIndex(({ messageId }) => left.has(messageId)) };
    }
    return { messages, complete: events.length };
  }
}
