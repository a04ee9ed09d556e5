import type { Database } from '../database/database.js';
import { recallOf } from '../sharing/work.js';
import { NEW_REQUEST_ID } from './webhook-rows.js';

/** Gives the statement this many milliseconds. */
const TIMEOUT_MS = 20_000;

// What is left of a batch is another one, with another id. A part of its own makes each id once: a subquery may be run
// again for each row, and then each event would be a batch.
const ERASE = `
  WITH named AS MATERIALIZED (
    SELECT number FROM status_events WHERE tenant_id = $1 AND recipient = $2 AND message_id <= $3
  ), gone AS (
    DELETE FROM webhook_queue q USING named n WHERE q.tenant_id = $1 AND q.number = n.number RETURNING q.webhook_id, q.request_id
  ), renamed AS MATERIALIZED (
    SELECT webhook_id, request_id, ${NEW_REQUEST_ID} AS new_id FROM gone GROUP BY 1, 2
  )
  UPDATE webhook_queue q SET request_id = n.new_id FROM renamed n
  WHERE q.tenant_id = $1 AND q.webhook_id = n.webhook_id AND q.request_id = n.request_id
    AND NOT EXISTS (SELECT FROM named e WHERE e.number = q.number)`;

interface ErasedEvents {
  tenantId: string;
  recipient: string;
  /** Messages that were pushed since stay. */
  lastMessageId: string;
}

/**
 * Deletes what waits for webhooks and names a recipient, while the feed still tells what does. What comes
 * into the queue at that moment is dropped when it is due: its event is gone by then.
 */
export async function eraseFromQueue(database: Database, { tenantId, recipient, lastMessageId }: ErasedEvents): Promise<void> {
  await database.query(ERASE, [tenantId, recipient, lastMessageId], {
    work: recallOf(tenantId),
    write: true,
    timeoutMs: TIMEOUT_MS,
  });
}
