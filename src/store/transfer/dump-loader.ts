import type pg from 'pg';
import { type DumpHeader, damaged, nameOf, rowOf, TransferRefused } from './dump-format.js';
import { type Dump, rowLinesOf } from './dump-reader.js';
import type { OnProgress } from './dump-writer.js';
import { readTableColumns } from './table-columns.js';
import { KEPT_AT_RESTORE, SEQUENCES, TRANSFERRED, type TransferredTable } from './transferred-tables.js';

/** Bounds one INSERT, in rows and characters. */
const MAX_ROWS = 5_000;
const MAX_CHARS = 1024 * 1024;

interface Load {
  path: string;
  dump: Dump;
  onProgress: OnProgress;
}

/**
 * Loads a back-up into a database without tenants, in one transaction: whatever ends it before its end leaves
 * nothing behind. Tokens that were issued before are dead afterwards.
 *
 * @throws TransferRefused if there is a tenant
 */
export const loadBackup = (client: pg.Client, load: Load): Promise<void> =>
  inTransaction(client, async () => {
    await refuseTenants(client);
    const { columns } = load.dump.header;
    // What no tenant owns any more is left over from deletions.
    for (const { name } of [...TRANSFERRED].reverse()) {
      if (Object.hasOwn(columns, name) && !KEPT_AT_RESTORE.includes(name)) await client.query(`DELETE FROM "${name}"`);
    }
    await loadRows(client, load);
    const number = await raiseSequences(client, load.dump);
    await client.query(`UPDATE tenants SET ${DEAD_TOKENS}`, [number]);
    await client.query(NOTE, ['cli.restore', null]);
    await beginEpoch(client);
  });

/**
 * Loads a tenant beside those that are there, in one transaction. Its tokens are dead afterwards.
 *
 * @throws TransferRefused if its name or id is there, or the file holds what is not its own
 */
export const loadTenant = (client: pg.Client, load: Load): Promise<void> =>
  inTransaction(client, async () => {
    const { tenant } = load.dump.header;
    if (tenant === null) throw new TransferRefused('the file is a back-up: use "tidings restore"');
    await client.query('LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await client.query<{ name: string }>('SELECT name FROM tenants WHERE id = $1 OR name = $2', [
      tenant.id,
      tenant.name,
    ]);
    if (rows[0] !== undefined) throw new TransferRefused(`there is a tenant "${rows[0].name}" with that name or id already`);
    await loadRows(client, load);
    const number = await raiseSequences(client, load.dump);
    const { rowCount } = await client.query(`UPDATE tenants SET ${DEAD_TOKENS} WHERE id = $2 AND name = $3`, [
      number,
      tenant.id,
      tenant.name,
    ]);
    if (rowCount !== 1) throw damaged('its tenant is missing');
    await client.query(NOTE, ['cli.tenant.import', tenant.id]);
  });

/** @throws TransferRefused if there is a tenant. Nobody makes one until the transaction ends. */
async function refuseTenants(client: pg.Client): Promise<void> {
  await client.query('LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE');
  const { rows } = await client.query<{ name: string }>('SELECT name FROM tenants ORDER BY name LIMIT 4');
  const names = rows.map(({ name }) => `"${name}"`);
  if (names.length > 3) names.splice(3, 1, '…');
  if (names.length > 0)
    throw new TransferRefused(`the database has tenants already (${names.join(', ')}): restore into one without any`);
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await client.query(
      `SELECT set_config(name, CASE name WHEN 'synchronous_commit' THEN 'on' WHEN 'lock_timeout' THEN '10s' ELSE '0' END, true)
       FROM pg_settings WHERE name = ANY ($1::text[])`,
      [['statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'lock_timeout', 'synchronous_commit']],
    );
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Gathers consecutive rows of a table. */
class Batch {
  rows: string[] = [];
  #chars = 0;

  constructor(readonly table: TransferredTable) {}

  add(row: string): void {
    this.rows.push(row);
    this.#chars += row.length;
  }

  get isFull(): boolean {
    return this.rows.length >= MAX_ROWS || this.#chars >= MAX_CHARS;
  }
}

async function loadRows(client: pg.Client, { path, dump, onProgress }: Load): Promise<void> {
  const { header, end } = dump;
  const here = await readTableColumns(client);
  const loaded: Record<string, number> = {};
  const write = async ({ table, rows }: Batch) => {
    if (rows.length === 0) return;
    await insert(client, { table, rows, header, here: here.get(table.name) ?? [] });
    loaded[table.name] = (loaded[table.name] ?? 0) + rows.length;
    onProgress(table.name, loaded[table.name] ?? 0);
  };
  let batch: Batch | null = null;
  for await (const line of rowLinesOf(path)) {
    const name = nameOf(line) ?? '';
    if (batch === null || batch.table.name !== name || batch.isFull) {
      if (batch !== null) await write(batch);
      batch = new Batch(tableNamed(name, header));
    }
    batch.add(rowOf(line, name));
  }
  if (batch !== null) await write(batch);
  for (const [name, count] of Object.entries(end.rows)) {
    if ((loaded[name] ?? 0) !== count) throw damaged(`it has ${loaded[name] ?? 0} rows of ${name}, not ${count}`);
  }
}

function tableNamed(name: string, { columns, tenant }: DumpHeader): TransferredTable {
  const table = TRANSFERRED.find((candidate) => candidate.name === name);
  if (table === undefined || !Object.hasOwn(columns, name) || (tenant !== null && table.tenant === null))
    throw damaged(`"${name}" is no table of it`);
  return table;
}

interface Insert {
  table: TransferredTable;
  rows: readonly string[];
  header: DumpHeader;
  /** Columns of the table here. */
  here: readonly string[];
}

/** Columns that the dump lacks get their defaults; those that are gone here are left out. */
async function insert(client: pg.Client, { table, rows, header, here }: Insert): Promise<void> {
  const { name, tenant: owner } = table;
  const given = header.columns[name] ?? [];
  const list = here.filter((column) => given.includes(column)).map((column) => `"${column}"`);
  const onlyOf = header.tenant === null || owner === null ? '' : `WHERE "${owner}" = '${header.tenant.id}'::uuid`;
  const kept = header.tenant === null && KEPT_AT_RESTORE.includes(name) ? 'ON CONFLICT DO NOTHING' : '';
  const { rowCount } = await client
    .query(
      `INSERT INTO "${name}" (${list.join(', ')})
       SELECT ${list.join(', ')} FROM json_populate_recordset(NULL::"${name}", $1::json) ${onlyOf} ${kept}`,
      [`[${rows.join(',')}]`],
    )
    .catch((error: Error) => explain(name, error));
  if (onlyOf !== '' && rowCount !== rows.length) throw damaged(`it holds ${name} of another tenant`);
}

const UNIQUE_VIOLATION = '23505';

function explain(table: string, error: Error & { code?: string; constraint?: string }): never {
  if (error.code === UNIQUE_VIOLATION)
    throw new TransferRefused(`a row of ${table} is here already, of another tenant (${error.constraint})`);
  if (error.code?.startsWith('22') || error.code?.startsWith('23')) throw damaged(`${table}: ${error.message}`);
  throw error;
}

// Tokens carry the greater number of their recipient and tenant. Numbers grow by one; this one is taken from
// the clock, in microseconds, so that it is beyond those of any life of this database and of another one's.
const RAISE = `
  SELECT setval('revocation_seq', greatest(
    coalesce(pg_sequence_last_value('revocation_seq'), 0) + 1, $1::bigint + 1,
    floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint
  ))::text AS number`;

const DEAD_TOKENS = `revocation = $1::bigint, revoked_at = date_trunc('milliseconds', clock_timestamp())`;

/** Begins another epoch of the feeds: positions of before lead nowhere. */
async function beginEpoch(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('status_feed_state') IS NOT NULL AS there`);
  if (rows[0]?.there) await client.query(`UPDATE status_feed_state SET epoch = floor(random() * 67108864)::integer`);
}

// Says in the audit log of each tenant, or of one, where its rows come from.
const NOTE = `
  INSERT INTO audit_entries (tenant_id, id, operation, subject, outcome)
  SELECT id, message_id(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, nextval('message_seq')), $1::text,
    'tenant:' || CASE WHEN name ~ '^[A-Za-z0-9_.-]+$' THEN name ELSE to_json(name)::text END, 'DONE'
  FROM tenants WHERE $2::uuid IS NULL OR id = $2`;

/** Lets sequences go on beyond the dump. Returns the number of a revocation that is beyond all others. */
async function raiseSequences(client: pg.Client, { end }: Dump): Promise<string> {
  for (const name of SEQUENCES) {
    // One that a later migration makes begins anew.
    if (end.sequences[name] === undefined) continue;
    await client.query(
      `SELECT setval($1::regclass, greatest(coalesce(pg_sequence_last_value($1::regclass), 1), $2::bigint, 1))`,
      [name, end.sequences[name]],
    );
  }
  const { rows } = await client.query<{ number: string }>(RAISE, [end.sequences.revocation_seq ?? '0']);
  return rows[0]?.number ?? '0';
}
