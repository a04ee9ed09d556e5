import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { readStatusOn } from '../database/migrations.js';
import { type DumpHeader, endLine, headerLine, newDigest, rowPrefix, TransferRefused } from './dump-format.js';
import { readTableColumns } from './table-columns.js';
import { SEQUENCES, TRANSFERRED, type TransferredTable } from './transferred-tables.js';

/** Called now and then while a dump is written or read. */
export type OnProgress = (table: string, rows: number) => void;

export interface DumpOptions {
  url: string;
  migrationsFolder: string;
  /** Version of Tidings. */
  version: string;
  /** Name of the tenant to export; null writes everything. */
  tenant: string | null;
  onProgress: OnProgress;
}

/**
 * Yields a dump in pieces: what the database holds at one moment, while nodes go on writing. Memory is
 * bounded: the server sends what the reader takes.
 *
 * @throws TransferRefused if migrations are missing or unknown, or there is no such tenant
 */
export async function* dumpOf(client: pg.Client, options: DumpOptions): AsyncGenerator<Buffer> {
  const { onProgress } = options;
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  // A long transaction is meant here, whatever the database's defaults say.
  await client.query(`SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY ($1::text[])`, [
    ['statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'],
  ]);
  const header = await readDumpHeader(client, options);
  // Not before: a database that is read-only is a reason to refuse it.
  await client.query('SET TRANSACTION READ ONLY');
  const digest = newDigest();
  const rows: Record<string, number> = {};
  const hashed = (piece: Buffer) => {
    digest.update(piece);
    return piece;
  };
  yield hashed(Buffer.from(headerLine(header)));
  for (const table of tablesOf(header)) {
    const { name } = table;
    let count = 0;
    for await (const piece of client.query(copyTo(copyStatement(table, header))) as AsyncIterable<Buffer>) {
      count += linesIn(piece);
      onProgress(name, count);
      yield hashed(piece);
    }
    rows[name] = count;
  }
  const sequences = await readSequences(client);
  yield Buffer.from(endLine({ rows, sequences, sha256: digest.digest('hex') }));
  await client.query('COMMIT');
}

const tablesOf = ({ columns }: Pick<DumpHeader, 'columns'>) => TRANSFERRED.filter(({ name }) => Object.hasOwn(columns, name));

async function readDumpHeader(client: pg.Client, options: DumpOptions): Promise<Omit<DumpHeader, 'format'>> {
  const { url, migrationsFolder, version, tenant: name } = options;
  const { missing, unknown, applied } = await readStatusOn(client, url, migrationsFolder);
  if (missing.length > 0) throw new TransferRefused(`the database lacks ${missing.join(', ')}: run "tidings migrate"`);
  if (unknown.length > 0)
    throw new TransferRefused(`a newer version has migrated the database (${unknown.join(', ')}): use that version`);
  const { rows } = await client.query<{ at: Date }>('SELECT now() AS at');
  const tenant = name === null ? null : await findTenant(client, name);
  const found = await readTableColumns(client);
  const columns: Record<string, readonly string[]> = {};
  for (const { name, tenant: owner, notExported = [] } of TRANSFERRED) {
    const all = found.get(name);
    if (all === undefined || (tenant !== null && owner === null)) continue;
    columns[name] = all.filter((column) => tenant === null || !notExported.includes(column));
  }
  const at = rows[0]?.at.toISOString() ?? '';
  return { kind: tenant === null ? 'backup' : 'tenant', version, at, migrations: applied, columns, tenant };
}

async function findTenant(client: pg.Client, name: string): Promise<{ id: string; name: string }> {
  const { rows } = await client.query<{ id: string; name: string }>('SELECT id::text, name FROM tenants WHERE name = $1', [name]);
  if (rows[0] === undefined) throw new TransferRefused(`there is no tenant "${name}"`);
  return rows[0];
}

// JSON has no control characters of its own, so that nothing is quoted and each row is one line as it is.
function copyStatement(table: TransferredTable, { columns, tenant }: Omit<DumpHeader, 'format'>): string {
  const { name, tenant: owner, exportedAs = {}, order } = table;
  const shown = (column: string) => (tenant === null ? undefined : exportedAs[column]) ?? `t."${column}"`;
  const list = (columns[name] ?? []).map((column) => `${shown(column)} AS "${column}"`).join(', ');
  const condition = tenant === null || owner === null ? '' : `WHERE t."${owner}" = '${tenant.id}'::uuid`;
  const rows = `SELECT ${list} FROM "${name}" t ${condition} ${order === undefined ? '' : `ORDER BY t."${order}"`}`;
  return `COPY (SELECT '${rowPrefix(name)}' || row_to_json(r)::text || '}' FROM (${rows}) r)
    TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')`;
}

const NEWLINE = 10;

function linesIn(piece: Buffer): number {
  let lines = 0;
  for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/** Reads how far sequences are. They know no snapshot: read last, they are beyond every row before. */
async function readSequences(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `SELECT name, coalesce(pg_sequence_last_value(name::regclass), 0)::text AS value FROM unnest($1::text[]) AS s(name)`,
    [SEQUENCES],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
