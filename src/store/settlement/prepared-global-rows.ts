import { inTime } from './in-time.js';

/**
 * Composes the common table expressions that prepare rows of global messages: `prepared` has the row of each
 * delivery as it would be made now, and locks the globals.
 *
 * FOR SHARE: a recall of the global waits for this transaction and then finds its rows, or this one waits and
 * sees the recall. KEY SHARE would let the recall's UPDATE through. A recall goes before any receipt that is
 * recorded after it.
 *
 * Nothing is computed twice for a row: one hash (`global_row_id` has two), a recipient's hash only where the
 * tenant erased somebody, enumerations as constants, since a cast of text looks its label up for each row.
 */
export const preparedGlobalRows = (retentionMs: number): string => `
  moment AS MATERIALIZED (
    SELECT date_trunc('milliseconds', clock_timestamp()) AS now
  ), globals AS MATERIALIZED (
    SELECT c.n, g.tenant_id, g.id, g.topic, g.created_at, g.expires_at, g.cancelled_at AS recalled_at,
      coalesce(g.expires_at, g.created_at + interval '${Math.floor(retentionMs)} milliseconds') AS expiry,
      g.id::text || ':' AS hashed_before, left(g.id::text, 13) || '7' AS id_begins,
      EXISTS (SELECT FROM revocations v WHERE v.tenant_id = g.tenant_id AND v.erased_at IS NOT NULL) AS erasures
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS c(tenant_id, id, n)
    JOIN global_messages g ON g.tenant_id = c.tenant_id AND g.id = c.id
    ORDER BY g.tenant_id, g.id FOR SHARE OF g
  ), prepared AS (
    SELECT g.tenant_id, r.recipient, g.topic, g.created_at, g.expires_at, g.id AS global_id, g.recalled_at, g.expiry,
      (g.id_begins || left(encode(set_byte(h.hash, 1, (get_byte(h.hash, 1) & 243) | 8), 'hex'), 19))::uuid AS id,
      CASE r.kind WHEN 1 THEN 'PONG'::"ReceiptKind" WHEN 2 THEN 'ACK'::"ReceiptKind" END AS kind,
      CASE WHEN t.at IS NOT NULL THEN least(greatest(t.at, g.created_at), moment.now) END AS received,
      ${inTime('t.at', 'g.expiry', 'moment.now')} AS in_time, r.connection_id
    FROM moment CROSS JOIN unnest($3::int[], $4::text[], $5::bigint[], $6::int[], $7::float8[], $8::uuid[])
      AS r(n, recipient, revocation, kind, at, connection_id)
    JOIN globals g ON g.n = r.n
    CROSS JOIN LATERAL (SELECT sha256(convert_to(g.hashed_before || r.recipient, 'UTF8')) AS hash OFFSET 0) AS h
    CROSS JOIN LATERAL (SELECT to_timestamp(r.at / 1000) AS at OFFSET 0) AS t
    WHERE NOT g.erasures OR NOT EXISTS (
      SELECT FROM revocations v
      WHERE v.tenant_id = g.tenant_id AND v.recipient_hash = sha256(convert_to(r.recipient, 'UTF8'))
        AND v.erased_at IS NOT NULL AND v.number > r.revocation
    )
  )`;
