import { UnfitServer } from './unfit-server.js';

/** Settings on which a single statement or Prisma depends. A database or a role may have others. */
interface Needed {
  name: string;
  value: string;
  /** Another value from here on is as good, in milliseconds. */
  enoughMs?: number;
}

// Dates are ISO and UTC from the beginning of the session on; if somebody drops that on the way, it shows
// here. What is not in this list does not matter to our statements, or is set by each transaction, as
// `synchronous_commit` is. See docs/design/database.md.
const NEEDED: readonly Needed[] = [
  { name: 'DateStyle', value: 'ISO' },
  { name: 'TimeZone', value: 'UTC' },
  { name: 'array_nulls', value: 'on' },
  { name: 'default_transaction_isolation', value: 'read committed' },
  { name: 'exit_on_error', value: 'off' },
  { name: 'statement_timeout', value: '0', enoughMs: 3_300 },
  { name: 'lock_timeout', value: '0', enoughMs: 2_500 },
  { name: 'transaction_timeout', value: '0', enoughMs: 20_000 },
  { name: 'idle_in_transaction_session_timeout', value: '0', enoughMs: 1_000 },
  { name: 'idle_session_timeout', value: '0', enoughMs: 0 },
];

const wanted = NEEDED.map(({ name, value, enoughMs }) => `('${name}', '${value}', ${enoughMs ?? 'NULL'})`).join(', ');

// Older servers lack some of the names. Without MATERIALIZED, which older ones lack, too; the functions keep
// these parts apart. Only on a connection to the server itself: PgBouncer would give our settings to others.
const PREPARE = `
  WITH wanted(name, value, enough_ms) AS (VALUES ${wanted}),
  odd AS (
    SELECT name, value, enough_ms, current_setting(name, true) AS found FROM wanted
    WHERE split_part(current_setting(name, true), ',', 1) <> value
  ), put AS (
    SELECT set_config(name, value, false) FROM odd WHERE pg_backend_pid() = $1
  )
  SELECT current_setting('transaction_read_only') = 'on' AS read_only, pg_backend_pid() AS pid, (SELECT count(*) FROM put) AS put,
    (SELECT string_agg(name || '=' || found, ', ') FROM odd
     WHERE pg_backend_pid() <> $1
       AND CASE WHEN enough_ms IS NULL THEN true ELSE found::interval < enough_ms * interval '1 millisecond' END) AS odd`;

interface SessionRow {
  read_only: boolean;
  pid: number;
  odd: string | null;
}

/** The part of pg's clients here, of the pool or beside it. */
interface Asked {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * Prepares a new session in one round trip: asks for the settings that we depend on, where the connection
 * leads to the server itself. Through PgBouncer nothing of a session would last, so what it has must do.
 *
 * @param greeted process id that the server named when the connection began
 * @throws UnfitServer if it does not
 */
export async function prepareSession(client: Asked, greeted: unknown): Promise<{ readOnly: boolean; pid: number | undefined }> {
  const { rows } = await client.query(PREPARE, [typeof greeted === 'number' ? greeted : 0]).catch(tooShort);
  const row = rows[0] as SessionRow | undefined;
  if (row?.odd) {
    throw new UnfitServer(
      `the database, or its role, sets ${row.odd}, which cannot be changed through a connection pooler: take it back by ALTER DATABASE … RESET or ALTER ROLE … RESET`,
    );
  }
  return { readOnly: row?.read_only ?? false, pid: row?.pid };
}

/** SQLSTATE of what is cut off by a time limit: of a statement, a transaction, or a session that was idle. */
const CUT_OFF: readonly unknown[] = ['57014', '25P03', '25P04', '57P05'];

/** Explains what was cut off before it could ask for more time. */
function tooShort(error: unknown): never {
  const { code, message } = error as { code?: unknown; message?: string };
  if (!CUT_OFF.includes(code)) throw error;
  throw new UnfitServer(`a time limit of the database, or of its role, is too short (${message})`);
}
