import type { Gathered, SendableWebhook } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { Database } from '../database/database.js';
import { webhooksOf } from '../sharing/work.js';
import { type FormedRequest, formRequests } from './request-former.js';
import { type ToldRow, toldColumns, toldOf, WITH_MESSAGE } from './told-events.js';

/** Looks at this many events in one piece of work. */
const EXAMINED = 2_000;
/** Reads texts up to this many bytes together, and one at least. */
const TEXT_BYTES = 1024 * 1024;
/** Lets a batch that is not full wait for more events until its first one is this old, in milliseconds. */
const GATHERED_FOR_MS = 750;
/** Lets so many events of a webhook be on their way; the rest waits in the feed. */
const QUEUED_EVENTS = 200_000;

interface FoundRow extends ToldRow {
  reached: string;
  found: boolean;
  ripe: boolean;
  behind: boolean;
}

// Without a row that matches, `reached` is told all the same.
const READ = `
  WITH examined AS MATERIALIZED (
    SELECT * FROM status_events WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT ${EXAMINED}
  ), wanted AS MATERIALIZED (
    SELECT * FROM (
      SELECT ${toldColumns('$5::boolean')}, e.number AS place,
        e.recorded_at <= now() - interval '${GATHERED_FOR_MS} milliseconds' AS ripe,
        EXISTS (SELECT FROM webhook_queue q WHERE q.tenant_id = $1 AND q.webhook_id = $7 AND q.message_id = e.message_id) AS behind,
        CASE WHEN $5::boolean THEN sum(octet_length(coalesce(m.message, g.message))) OVER (ORDER BY e.number) ELSE 0 END AS bytes,
        row_number() OVER (ORDER BY e.number) AS nth
      FROM examined e ${WITH_MESSAGE}
      WHERE e.type = ANY ($3::text[]::"StatusEventType"[]) AND ($4::boolean OR e.global_message_id IS NULL)
    ) AS x WHERE (x.bytes <= ${TEXT_BYTES} OR x.nth = 1) AND x.nth <= $6 ORDER BY x.place
  )
  SELECT w.*, w.place IS NOT NULL AS found, (SELECT max(number) FROM examined)::text AS reached
  FROM (VALUES (1)) AS one LEFT JOIN wanted w ON true ORDER BY w.place`;

// While it is failing, only one is tried, so more are made when there is none. The row's lock orders this against attempts
// that end: QUEUE sees what is on its way once it is held, and what READ saw may have ended, with nobody left to release.
const MOVE = `
  UPDATE webhooks SET position = $4 WHERE tenant_id = $1 AND id = $2 AND position = $3
    AND (state = 'ACTIVE' OR state = 'FAILING' AND NOT EXISTS (SELECT FROM webhook_queue WHERE tenant_id = $1 AND webhook_id = $2))
    AND (SELECT count(*) FROM (
      SELECT FROM webhook_queue WHERE tenant_id = $1 AND webhook_id = $2 LIMIT ${QUEUED_EVENTS}) AS queued) < ${QUEUED_EVENTS}
  RETURNING 1`;

const QUEUE = `
  INSERT INTO webhook_queue (tenant_id, webhook_id, number, request_id, message_id, batch, due_at)
  SELECT $1, $2, g.number, g.request_id, g.message_id, $7, CASE WHEN g.behind OR EXISTS (
    SELECT FROM webhook_queue q WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.message_id = g.message_id
  ) THEN 'infinity' ELSE now() END
  FROM unnest($3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[]) AS g(number, request_id, message_id, behind)
  RETURNING request_id, due_at = 'infinity' AS held`;

/** Puts events of the feed into the queue, as requests. See docs/design/webhooks.md. */
export class EventGatherer {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async gather(webhook: SendableWebhook, limit: number): Promise<Gathered> {
    const { tenantId, id, position, events, globals, includeText, maxBatch } = webhook;
    const most = Math.min(EXAMINED, limit * maxBatch);
    const rows = await this.database.query<FoundRow>(READ, [tenantId, position, events, globals, includeText, most, id], {
      work: webhooksOf(tenantId),
    });
    const found = rows.filter((row) => row.found);
    const candidates = found.map((row) => ({ told: toldOf(tenantId, row), behind: row.behind, ripe: row.ripe }));
    const newId = () => timeOrderedId(this.clock.now());
    const { requests, left } = formRequests(candidates, { maxBatch, limit, newId });
    const last = candidates.at(-1)?.told.number ?? null;
    // With texts, what comes behind the last one may not have been read.
    const isWhole = last === null || (candidates.length < most && !includeText);
    const seen = isWhole ? Number(rows[0]?.reached ?? position) : last;
    const to = left === null ? seen : left - 1;
    if (to <= position) return NOTHING;
    const held = await this.#queue(webhook, to, requests);
    if (held === null) return NOTHING;
    const free = requests.filter(({ requestId }) => !held.has(requestId));
    return { requests: free.map(({ requestId, told }) => ({ requestId, batch: maxBatch > 1, attempts: 0, told })), more: true };
  }

  /** Returns the requests that wait for a former event; null if the webhook has changed meanwhile. */
  #queue(webhook: SendableWebhook, to: number, requests: readonly FormedRequest[]): Promise<Set<string> | null> {
    const { tenantId, id, position, maxBatch } = webhook;
    const rows = requests.flatMap(({ requestId, told, behind }) => told.map((one) => ({ requestId, ...one, behind })));
    return this.database
      .transaction(
        async ({ query }) => {
          const moved = await query(MOVE, [tenantId, id, position, to]);
          if (moved.length === 0) return null;
          if (rows.length === 0) return new Set<string>();
          const columns = [
            rows.map(({ number }) => number),
            rows.map(({ requestId }) => requestId),
            rows.map(({ event }) => event.messageId),
            rows.map(({ behind }) => behind),
          ];
          const queued = await query<QueuedRow>(QUEUE, [tenantId, id, ...columns, maxBatch > 1]);
          const held = new Set(queued.filter((row) => row.held).map((row) => row.request_id));
          // A replay came between: what was to go together no longer can. It is formed anew.
          if (requests.some(({ requestId, told }) => told.length > 1 && held.has(requestId))) throw new Changed();
          return held;
        },
        { work: webhooksOf(tenantId) },
      )
      .catch((error: unknown) => {
        if (error instanceof Changed) return null;
        throw error;
      });
  }
}

class Changed extends Error {}

interface QueuedRow {
  request_id: string;
  held: boolean;
}

const NOTHING: Gathered = { requests: [], more: false };
