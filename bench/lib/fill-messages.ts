import type { Pool } from 'pg';

export const GLOBAL_ID = '01920000-0000-7000-8000-000000000001';
const MESSAGE_BYTES = 100;

/**
 * Fills the table up to that many rows without its secondary indexes, then recreates these. One row in 100
 * is recipient-0's, one in 100 has topic-0, one in 100 belongs to the global message, one in 50 is PENDING,
 * one in 50 CANCELLED; one in 10 had an expiry.
 */
export async function fillMessages(pool: Pool, tenantId: string, rows: number): Promise<void> {
  const { rows: indexes } = await pool.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'messages' AND indexname <> 'messages_pkey'`,
  );
  for (const { indexname } of indexes) await pool.query(`DROP INDEX "${indexname}"`);
  const { rows: known } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM messages');
  await pool.query(
    `INSERT INTO global_messages (tenant_id, id, message, created_at, expires_at)
     VALUES ($1, $2, 'to all', now(), now() + interval '1 day') ON CONFLICT DO NOTHING`,
    [tenantId, GLOBAL_ID],
  );
  // Rows are spread over 20 days, oldest first, so that ids rise as they do in the product.
  await pool.query(
    `INSERT INTO messages
       (tenant_id, id, recipient, message, topic, status, receipt, cancel_reason, created_at, expires_at, delivered_at, cancelled_at, global_message_id)
     SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, n), 'recipient-' || CASE WHEN n % 100 = 3 THEN 0 ELSE 1 + n % 20000 END,
       CASE WHEN n % 100 = 7 THEN NULL ELSE repeat('x', ${MESSAGE_BYTES}) END,
       CASE WHEN n % 100 = 5 THEN 'topic-0' WHEN n % 4 = 1 THEN 'topic-' || (1 + n % 50) END,
       (CASE WHEN n % 50 = 3 THEN 'PENDING' WHEN n % 50 = 11 THEN 'CANCELLED' ELSE 'DELIVERED' END)::"MessageStatus",
       CASE WHEN n % 50 NOT IN (3, 11) THEN 'PONG'::"ReceiptKind" END,
       CASE WHEN n % 50 = 11 THEN 'RECALLED'::"CancelReason" END,
       at, CASE WHEN n % 10 = 2 THEN at + interval '60 days' END,
       CASE WHEN n % 50 NOT IN (3, 11) THEN at + interval '1 second' END,
       CASE WHEN n % 50 = 11 THEN at + interval '1 second' END,
       CASE WHEN n % 100 = 7 THEN $2::uuid END
     FROM generate_series($3::bigint, $4::bigint) AS n,
       LATERAL (SELECT date_trunc('milliseconds', now() - interval '20 days' + n * (interval '19 days' / 10000000)) AS at) AS t`,
    [tenantId, GLOBAL_ID, (known[0]?.n ?? 0) + 1, rows],
  );
  for (const { indexdef } of indexes) await pool.query(indexdef);
  await pool.query('VACUUM (ANALYZE) messages');
}
