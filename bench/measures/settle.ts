import { readFileSync } from 'node:fs';
import { Client, Pool } from 'pg';
import { v7 } from 'uuid';
import { firstIdAt } from '../../src/store/database/uuid-ranges.js';
import { startPostgres, type TestPostgres } from '../../test/support/postgres.js';
import { cpuSeconds } from '../lib/cpu.js';
import { buffersOf, type Plan, planningMs } from '../lib/explain.js';
import { type Measure, type Result, unjudged } from '../lib/measure.js';
import { POSTGRES_SETTINGS } from '../lib/product.js';
import { number } from '../lib/table.js';

const BATCH = 1000;
/** Keeps this many batches pending. */
const LAG = 4;
const RECIPIENTS = 1000;
const TEXT = 'x'.repeat(200);
const MIGRATION = 'prisma/migrations/20261121000000_initial/migration.sql';

const DAY_MS = 86_400_000;
const NOW = Date.now();
/** Deletes this many old rows at a time. */
const STEP = 5_000;

/** Describes tables for pending and settled messages. $1 tenant, $2 ids, $3 recipients. */
interface Design {
  name: string;
  /** Changes the product's schema. */
  prepare: string;
  insert: readonly string[];
  settle: readonly string[];
  /** Finds pending messages for recipients $2 of tenant $1. */
  pending: string;
  /** Inserts $2 settled messages of 31 days ago. */
  fill: readonly string[];
  /** Deletes the next old messages of tenant $1, those before id $2. */
  remove: readonly string[];
}

const INSERT = `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
  SELECT $1, r.id, r.recipient, '${TEXT}', clock_timestamp() FROM unnest($2::uuid[], $3::text[]) AS r(id, recipient)`;
// The subquery hides from the planner that there are a thousand ids: for so many it scans a young table.
const IDS = '(SELECT $2::uuid[])::uuid[]';
const UPDATE = `UPDATE messages SET status = 'DELIVERED', receipt = 'PONG', delivered_at = clock_timestamp()
  WHERE tenant_id = $1 AND id = ANY (${IDS})`;
const IN_ROW = `SELECT id FROM messages WHERE tenant_id = $1 AND recipient = ANY ($2) AND status = 'PENDING'`;

// An index on a column that settling changes keeps updates from staying on their page. Its queries need
// another way.
const WITHOUT_STATUS_INDEXES = `DROP INDEX messages_pending_idx, messages_cancelled_idx, messages_due_idx, messages_settled_late_idx;`;
const PENDING_TABLE = `${WITHOUT_STATUS_INDEXES}
  CREATE TABLE pending (tenant_id uuid, recipient text COLLATE "C", id uuid, PRIMARY KEY (tenant_id, recipient, id));
  CREATE INDEX pending_id_idx ON pending (tenant_id, id);
  ALTER TABLE pending SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);`;
const INSERT_PENDING = `INSERT INTO pending SELECT $1, r.recipient, r.id FROM unnest($2::uuid[], $3::text[]) AS r(id, recipient)`;
const DELETE_PENDING = `DELETE FROM pending WHERE tenant_id = $1 AND id = ANY (${IDS})`;
const FROM_PENDING = 'SELECT id FROM pending WHERE tenant_id = $1 AND recipient = ANY ($2)';
const DELIVERIES = `CREATE TABLE deliveries (tenant_id uuid, id uuid, receipt "ReceiptKind", delivered_at timestamptz(3), PRIMARY KEY (tenant_id, id));`;
const INSERT_DELIVERY = `INSERT INTO deliveries SELECT $1, id, 'PONG', clock_timestamp() FROM unnest($2::uuid[]) AS r(id)`;

const FILL = `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, receipt, delivered_at)
  SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, n), 'recipient-' || n % ${RECIPIENTS}, '${TEXT}', at, 'DELIVERED', 'PONG', at
  FROM generate_series(1, $2::int) AS n, LATERAL (SELECT now() - interval '31 days' + n * interval '1 ms' AS at) AS t`;
const FILL_DELIVERIES = `INSERT INTO deliveries SELECT tenant_id, id, receipt, delivered_at FROM messages WHERE tenant_id = $1 LIMIT $2`;
const removeFrom = (table: string) => `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM ${table} WHERE tenant_id = $1 AND id < $2 ORDER BY id LIMIT ${STEP} FOR UPDATE SKIP LOCKED))`;
const IN_MESSAGES = { fill: [FILL], remove: [removeFrom('messages')] };
const IN_BOTH = { fill: [FILL, FILL_DELIVERIES], remove: [removeFrom('deliveries'), removeFrom('messages')] };

/**
 * Partitions by day of creation, which an id tells. The partition of 31 days ago holds the old rows; those
 * between have rows of each recipient.
 */
const PARTITIONS = `ALTER TABLE messages RENAME TO former;
  CREATE TABLE messages (LIKE former INCLUDING ALL) PARTITION BY RANGE (id);
  ${Array.from({ length: 33 }, (_, days) => {
    const [from, to] = [days, days - 1].map((ago) => firstIdAt(NOW - (ago + 0.5) * DAY_MS));
    return `CREATE TABLE messages_day_${days} PARTITION OF messages FOR VALUES FROM ('${from}') TO ('${to}')
      WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);`;
  }).join('\n')}`;
const FILL_BETWEEN = `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, receipt, delivered_at)
  SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, n), 'recipient-' || n, '${TEXT}', at, 'DELIVERED', 'PONG', at
  FROM generate_series(1, least($2, ${RECIPIENTS})) AS n, generate_series(1, 30) AS days, LATERAL (SELECT now() - days * interval '1 day' AS at) AS t`;

const DESIGNS: readonly Design[] = [
  { name: 'status in the row (the product)', prepare: '', insert: [INSERT], settle: [UPDATE], pending: IN_ROW, ...IN_MESSAGES },
  {
    name: 'the same, fillfactor 70',
    prepare: 'ALTER TABLE messages SET (fillfactor = 70);',
    insert: [INSERT],
    settle: [UPDATE],
    pending: IN_ROW,
    ...IN_MESSAGES,
  },
  {
    name: 'the same, partitions by day',
    prepare: PARTITIONS,
    insert: [INSERT],
    settle: [UPDATE],
    pending: IN_ROW,
    fill: [FILL, FILL_BETWEEN],
    remove: ['DROP TABLE IF EXISTS messages_day_31, messages_day_32'],
  },
  {
    name: 'narrow table of what is pending, fillfactor 80',
    prepare: `${PENDING_TABLE} ALTER TABLE messages SET (fillfactor = 80);`,
    insert: [INSERT, INSERT_PENDING],
    settle: [DELETE_PENDING, UPDATE],
    pending: FROM_PENDING,
    ...IN_MESSAGES,
  },
  {
    name: 'insert-only deliveries, what is pending by anti-join',
    prepare: `${WITHOUT_STATUS_INDEXES} ${DELIVERIES}`,
    insert: [INSERT],
    settle: [INSERT_DELIVERY],
    pending: `SELECT m.id FROM messages m WHERE m.tenant_id = $1 AND m.recipient = ANY ($2)
      AND NOT EXISTS (SELECT FROM deliveries d WHERE d.tenant_id = m.tenant_id AND d.id = m.id)`,
    ...IN_BOTH,
  },
  {
    name: 'insert-only deliveries and a narrow table of what is pending',
    prepare: `${PENDING_TABLE} ${DELIVERIES}`,
    insert: [INSERT, INSERT_PENDING],
    settle: [DELETE_PENDING, INSERT_DELIVERY],
    pending: FROM_PENDING,
    ...IN_BOTH,
  },
];

/**
 * Names the work beside: none, a snapshot held as by a backup, or as many old rows deleted as are settled.
 */
const BESIDE = ['', 'a snapshot held', 'old rows deleted'] as const;
type Beside = (typeof BESIDE)[number];

/** Compares designs of the table with PostgreSQL and this process alone, nothing pinned, two connections. */
export const settle: Measure = {
  name: 'settle',
  about:
    'messages of 200 bytes inserted and settled in batches of 1,000, by design of the tables; also while a snapshot is held, and while old rows are deleted',
  placement: 'PostgreSQL and this process share both cores; nothing is pinned',
  minutes: 40,
  async run({ progress, quick }) {
    const rows: Result['rows'] = [];
    const postgres = await startPostgres({ settings: POSTGRES_SETTINGS });
    try {
      for (const beside of BESIDE) {
        // The quick form tries each design, and each work beside one.
        for (const design of quick && beside ? DESIGNS.slice(0, 1) : DESIGNS) {
          progress(`${design.name}${beside && `, ${beside}`}`);
          rows.push(await once(postgres, design, beside, quick ? 5_000 : 1_000_000));
        }
      }
    } finally {
      await postgres.stop();
    }
    const [chosen] = rows;
    const found = `the product's: ${chosen?.['WAL bytes each']} bytes of WAL, ${chosen?.['table bytes each']} of table, ${chosen?.['index bytes each']} of index each`;
    return {
      rows,
      verdicts: [{ ...unjudged('designs beside each other', found, 'chosen and written down'), met: true }],
      figures: {},
    };
  },
};

/** Holds the database of one design. */
interface Trial {
  design: Design;
  beside: Beside;
  total: number;
  postgres: TestPostgres;
  admin: Client;
  pool: Pool;
  tenantId: string;
}

async function once(postgres: TestPostgres, design: Design, beside: Beside, total: number): Promise<Record<string, string>> {
  const admin = new Client(postgres.url);
  await admin.connect();
  await admin.query('CREATE DATABASE settle');
  const pool = new Pool({ connectionString: postgres.urlOf('settle'), max: 2 });
  const trial = { design, beside, total, postgres, admin, pool, tenantId: v7() };
  await prepare(trial);
  const holder = new Client(postgres.urlOf('settle'));
  await holder.connect();
  if (beside === 'a snapshot held') await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM messages');
  const cost = await costOf(trial);
  // A backend reports its statistics at the latest when it ends.
  await pool.end();
  const left = await look(trial);
  await holder.end();
  await admin.query('DROP DATABASE settle WITH (FORCE)');
  await admin.end();
  return { design: design.name, beside, ...cost, ...left };
}

async function prepare({ design, beside, total, pool, tenantId }: Trial): Promise<void> {
  await pool.query(readFileSync(MIGRATION, 'utf8'));
  if (design.prepare) await pool.query(design.prepare);
  if (beside !== 'old rows deleted') return;
  for (const text of design.fill) await pool.query(text, [tenantId, total]);
  await pool.query('VACUUM (ANALYZE)');
}

/** Measures rate, CPU and WAL of all rows. */
async function costOf(trial: Trial): Promise<Record<string, string>> {
  const { admin, postgres, total } = trial;
  const lsn = async () => (await admin.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn() AS lsn')).rows[0]?.lsn;
  const walBefore = await lsn();
  const cpuBefore = await cpuSeconds(postgres.pid);
  const began = performance.now();
  await insertAndSettleAll(trial);
  const seconds = (performance.now() - began) / 1000;
  const cpu = (await cpuSeconds(postgres.pid)) - cpuBefore;
  const wal = await admin.query<{ bytes: string }>('SELECT pg_wal_lsn_diff($1, $2) AS bytes', [await lsn(), walBefore]);
  return {
    'rows/s': number(total / seconds),
    'CPU µs each': number((cpu * 1e6) / total),
    'WAL bytes each': number(Number(wal.rows[0]?.bytes) / total),
  };
}

/**
 * Inserts batches with two workers, and settles each once LAG others are pending. Deletes old rows as fast
 * as it settles others.
 */
async function insertAndSettleAll({ design, beside, total, pool, tenantId }: Trial): Promise<void> {
  const parametersOf = (statements: readonly string[], ids: string[], names: string[]) =>
    statements.map((text) => (text.includes('$3') ? [tenantId, ids, names] : [tenantId, ids]));
  const removing = design.remove.map((text) => (text.includes('$1') ? [tenantId, firstIdAt(NOW - 30.5 * DAY_MS)] : []));
  let next = 0;
  let settled = 0;
  let removed = 0;
  async function settleBatch(ids: string[]): Promise<void> {
    await transaction(pool, design.settle, parametersOf(design.settle, ids, []));
    settled += ids.length;
    if (beside !== 'old rows deleted' || settled < removed + STEP) return;
    removed += STEP;
    await transaction(pool, design.remove, removing);
  }
  async function worker(): Promise<void> {
    const waiting: string[][] = [];
    while (next < total) {
      const from = next;
      next += BATCH;
      const ids = Array.from({ length: BATCH }, () => v7());
      const names = ids.map((_, i) => `recipient-${(from + i) % RECIPIENTS}`);
      await transaction(pool, design.insert, parametersOf(design.insert, ids, names));
      waiting.push(ids);
      if (waiting.length > LAG) await settleBatch(waiting.shift() as string[]);
    }
    for (const ids of waiting) await settleBatch(ids);
  }
  await Promise.all([worker(), worker()]);
}

async function transaction(pool: Pool, statements: readonly string[], parameters: unknown[][]): Promise<void> {
  const client = await pool.connect();
  await client.query('BEGIN');
  for (const [i, text] of statements.entries()) await client.query(text, parameters[i]);
  await client.query('COMMIT');
  client.release();
}

/** Measures tables and indexes, and the cost of finding pending messages. */
async function look({ design, total, postgres, tenantId }: Trial): Promise<Record<string, string>> {
  const prober = new Client(postgres.urlOf('settle'));
  await prober.connect();
  const probe = Array.from({ length: 100 }, (_, i) => `recipient-${i}`);
  const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${design.pending}`;
  const plan = (await prober.query<Plan>(explain, [tenantId, probe])).rows[0];
  // The second plan comes from a connection that knows the tables.
  const again = (await prober.query<Plan>(explain, [tenantId, probe])).rows[0];
  const { rows: sizes } = await prober.query<{ tables: string; indexes: string; dead: string; hot: string }>(
    `SELECT sum(pg_table_size(relid)) AS tables, sum(pg_indexes_size(relid)) AS indexes,
       sum(n_dead_tup) AS dead, 100 * sum(n_tup_hot_upd) / nullif(sum(n_tup_upd), 0) AS hot
     FROM pg_stat_user_tables WHERE relname ~ '^(messages|pending|deliveries)'`,
  );
  await prober.end();
  const size = sizes[0];
  return {
    'table bytes each': number(Number(size?.tables) / total),
    'index bytes each': number(Number(size?.indexes) / total),
    'dead rows each': number(Number(size?.dead) / total),
    'HOT %': size?.hot == null ? '' : number(Number(size.hot)),
    'buffers to find what is pending for 100': number(plan ? buffersOf(plan) : Number.NaN),
    'ms to plan that': number(again ? planningMs(again) : Number.NaN),
  };
}
