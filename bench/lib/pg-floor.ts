import { Pool } from 'pg';
import { v7 } from 'uuid';
import { floorTenant } from './tenants.js';

// Rows refer to a shared text by its place, so that it travels once.
const INSERT = `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
  SELECT $1, r.id, r.recipient, t.message, clock_timestamp() FROM unnest($2::uuid[], $3::text[], $4::int[]) AS r(id, recipient, text)
  JOIN unnest($5::text[]) WITH ORDINALITY AS t(message, text) ON t.text = r.text`;
const INSERT_DELIVERED = `INSERT INTO messages (tenant_id, id, recipient, created_at, global_message_id, status, receipt, delivered_at)
  SELECT $1, r.id, r.recipient, clock_timestamp(), r.global_id, 'DELIVERED', 'PONG', clock_timestamp()
  FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS r(id, recipient, global_id)`;
const GLOBAL_IDS = Array.from({ length: 100 }, () => v7());
const SETTLE = `UPDATE messages SET status = 'DELIVERED', receipt = 'PONG', delivered_at = clock_timestamp()
  WHERE tenant_id = $1 AND id = ANY($2::uuid[])`;

/**
 * Measures the database alone: inserts and settles rows of the product's own table by plain `pg`, in
 * batches, with the product's indexes and durability. The rows stay, as the product's do.
 */
export async function insertAndSettle(
  url: string,
  options: {
    rows: number;
    batch: number;
    text: string;
    /** Counts the rows that share a text. */
    rowsPerText: number;
    recipients: number;
    connections?: number;
  },
): Promise<{ seconds: number; perSecond: number }> {
  const connections = options.connections ?? 2;
  const pool = new Pool({ connectionString: url, max: connections });
  const tenantId = await floorTenant(pool);
  let next = 0;
  const began = performance.now();
  const worker = async () => {
    while (next < options.rows) {
      const size = Math.min(options.batch, options.rows - next);
      const first = next;
      next += size;
      const ids = Array.from({ length: size }, () => v7());
      const names = Array.from({ length: size }, (_, i) => `recipient-${(first + i) % options.recipients}`);
      const places = Array.from({ length: size }, (_, i) => Math.floor(i / options.rowsPerText) + 1);
      await pool.query(INSERT, [tenantId, ids, names, places, new Array(places.at(-1)).fill(options.text)]);
      await pool.query(SETTLE, [tenantId, ids]);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - began) / 1000;
  await pool.end();
  return { seconds, perSecond: options.rows / seconds };
}

/**
 * Measures the rows of global messages: inserts them as delivered by plain `pg`, in batches. Every row has
 * its own id and names the global, as the product's rows do; the ids are created beforehand.
 */
export async function insertDelivered(
  url: string,
  options: { rows: number; batch: number; recipients: number },
): Promise<{ perSecond: number }> {
  const pool = new Pool({ connectionString: url, max: 2 });
  const tenantId = await floorTenant(pool);
  const batches: unknown[][] = [];
  for (let first = 0; first < options.rows; first += options.batch) {
    const size = Math.min(options.batch, options.rows - first);
    const ids = Array.from({ length: size }, () => v7());
    const names = Array.from({ length: size }, (_, i) => `recipient-${(first + i) % options.recipients}`);
    const globals = Array.from(
      { length: size },
      (_, i) => GLOBAL_IDS[Math.floor((first + i) / options.recipients) % GLOBAL_IDS.length],
    );
    batches.push([tenantId, ids, names, globals]);
  }
  await pool.query('SELECT 1');
  const began = performance.now();
  const worker = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) await pool.query(INSERT_DELIVERED, batch);
  };
  await Promise.all([worker(), worker()]);
  const seconds = (performance.now() - began) / 1000;
  await pool.end();
  return { perSecond: options.rows / seconds };
}

/** Measures a drain by plain `pg`: reads pending rows by recipient and settles them. The rows must exist. */
export async function readAndSettle(
  url: string,
  tenantId: string,
  recipients: readonly string[],
  perQuery: number,
  connections = 2,
): Promise<{ rows: number; perSecond: number }> {
  const pool = new Pool({ connectionString: url, max: connections });
  let next = 0;
  let rows = 0;
  const began = performance.now();
  const worker = async () => {
    while (next < recipients.length) {
      const names = recipients.slice(next, next + perQuery);
      next += perQuery;
      const found = await pool.query<{ id: string }>(
        `SELECT id, recipient, message, topic, created_at, expires_at FROM messages
          WHERE tenant_id = $1 AND recipient = ANY($2) AND status = 'PENDING' ORDER BY recipient, id`,
        [tenantId, names],
      );
      rows += found.rows.length;
      for (let i = 0; i < found.rows.length; i += 1000) {
        await pool.query(SETTLE, [tenantId, found.rows.slice(i, i + 1000).map((row) => row.id)]);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - began) / 1000;
  await pool.end();
  return { rows, perSecond: rows / seconds };
}
