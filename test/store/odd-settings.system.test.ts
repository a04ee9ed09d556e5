import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { examineDatabase, migrate, withClient } from '../../src/store/database/migrations.js';
import { UnfitServer } from '../../src/store/session/unfit-server.js';
import { MIGRATIONS } from '../support/database.js';
import {
  createDatabaseOn,
  hasPgBouncer,
  prepareTemplate,
  startPgBouncer,
  startPostgres,
  type TestPgBouncer,
  type TestPostgres,
} from '../support/index.js';
import { passThroughContract } from './contract-pass.js';
import { openStore } from './open.js';

/** A setting as `pg_settings` has it. */
interface Setting {
  name: string;
  vartype: string;
  setting: string;
  enumvals: string[] | null;
  min_val: string;
  max_val: string;
}

/** Odd values of settings that `pg_settings` lists no values for, or whose bounds say nothing. */
const ODD: Readonly<Record<string, readonly string[]>> = {
  DateStyle: ['German, DMY', 'SQL, DMY', 'Postgres, MDY', 'ISO, YMD'],
  TimeZone: ['Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Apia', '<+03>-03'],
  IntervalStyle: ['sql_standard', 'iso_8601', 'postgres_verbose'],
  client_encoding: ['LATIN1', 'SJIS', 'SQL_ASCII'],
  search_path: ['none', '', 'pg_catalog', '"$user", public, other'],
  timezone_abbreviations: ['Australia', 'India'],
  lc_monetary: ['C'],
  lc_numeric: ['C'],
  lc_time: ['C'],
  application_name: ['an odd name'],
  default_text_search_config: ['pg_catalog.german'],
  default_tablespace: ['pg_default'],
  temp_tablespaces: ['pg_default'],
  // Shorter ones can cut off whoever asks for more.
  statement_timeout: ['200ms', '1h'],
  lock_timeout: ['1ms', '1h'],
  transaction_timeout: ['200ms', '1h'],
  idle_in_transaction_session_timeout: ['1ms', '1h'],
  idle_session_timeout: ['200ms', '1h'],
};
/** Are of one transaction, cannot be kept with a database, or decide whether anybody can connect at all. */
const LEFT_OUT = /^(transaction_(deferrable|isolation|read_only)|seed|local_preload_libraries|default_table_access_method)$/;

const flip = (setting: string) => (setting === 'on' ? 'off' : 'on');

function oddValues({ name, vartype, setting, enumvals, min_val, max_val }: Setting): readonly string[] {
  if (ODD[name]) return ODD[name];
  if (vartype === 'bool') return [flip(setting)];
  if (vartype === 'enum') return (enumvals ?? []).filter((value) => value !== setting);
  if (vartype === 'integer' || vartype === 'real') return [min_val, max_val].filter((value) => value !== setting);
  return [];
}

const SETTINGS = `SELECT name, vartype, setting, enumvals, min_val, max_val FROM pg_settings WHERE context = 'user' ORDER BY name`;

/** Planner, costs, memory and what is only told: they cannot change what is read or written, so they are odd together. */
const TOGETHER =
  /^(enable_|cpu_|geqo|jit|gin_|debug_print|vacuum_|.*_cost$|.*_limit$|log_|tcp_|trace_|.*_mem$|.*_buffers$|.*_pages$|.*concurrency$|.*_size$|.*_multiplier$|.*_factor$|.*_flush_after$)/;

/** A setting and its value. */
type Attempt = readonly [string, string];

/** Are refused: each is tried alone, since whoever is refused says nothing of the others. */
const REFUSED = ['default_transaction_read_only=on', 'search_path=', 'search_path=none', 'search_path=pg_catalog'];
const isRefused = (attempt: Attempt) => REFUSED.includes(attempt.join('='));

/** Gives a database so many odd values at once: one of each setting at most. */
const A_DATABASE = 12;

/** Shares attempts out, so that no two of a group are of one setting. */
function groupsOf(attempts: readonly Attempt[]): Attempt[][] {
  const groups: Attempt[][] = [];
  for (const attempt of attempts) {
    const fitting = groups.find((group) => group.length < A_DATABASE && !group.some(([name]) => name === attempt[0]));
    if (fitting) fitting.push(attempt);
    else groups.push([attempt]);
  }
  return groups;
}

/** Gives a database these settings alone. Answers what became of it: null if the contract held, or the refusal. */
async function tryOn(server: TestPostgres, name: string, settings: readonly Attempt[], url: string): Promise<string | null> {
  try {
    await withClient(server.url, async (client) => {
      await client.query(`ALTER DATABASE ${name} RESET ALL`);
      for (const [setting, value] of settings) {
        const { rows } = await client.query('SELECT quote_literal($1) AS value', [value]);
        const list = /search_path/.test(setting) && value !== '' ? value : rows[0]?.value;
        await client.query(`ALTER DATABASE ${name} SET ${setting} = ${list}`);
      }
    });
    try {
      await examineDatabase(url);
    } catch (error) {
      if (error instanceof UnfitServer) return error.message;
      throw error;
    }
    const store = await openStore(url);
    try {
      expect(await migrate(url, MIGRATIONS)).toEqual([]);
      await passThroughContract(store);
      return null;
    } finally {
      await store.close();
    }
  } catch (error) {
    throw new Error(`${JSON.stringify(settings)}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Gives a new database to whoever tries settings on it. */
async function withDatabase<Outcome>(server: TestPostgres, use: (name: string) => Promise<Outcome>): Promise<Outcome> {
  const database = await createDatabaseOn(server.url);
  try {
    return await use(new URL(database.url).pathname.slice(1));
  } finally {
    await database.drop();
  }
}

const VERSIONS = ['embedded', ...(existsSync('/usr/lib/postgresql/15/bin') ? ['15'] : [])];

describe.each(VERSIONS)('on PostgreSQL (%s)', (version) => {
  let server: TestPostgres;
  let pgBouncer: TestPgBouncer | null = null;
  beforeAll(async () => {
    server = await startPostgres(version === 'embedded' ? {} : { bin: `/usr/lib/postgresql/${version}/bin` });
    await prepareTemplate(server.url);
    if (hasPgBouncer()) pgBouncer = await startPgBouncer(server);
  }, 200_000);
  afterAll(async () => {
    await pgBouncer?.stop();
    await server?.stop();
  });

  const settings = () => withClient(server.url, async (client) => (await client.query<Setting>(SETTINGS)).rows);

  test('the contract holds under each odd value that a database can have, or the start is refused in one line', async () => {
    const odd = (await settings()).filter(({ name }) => !LEFT_OUT.test(name));
    const together = odd.filter(({ name }) => TOGETHER.test(name) && !ODD[name]);
    const refused: Record<string, string> = {};
    const attempts = odd.flatMap((setting) =>
      together.includes(setting) ? [] : oddValues(setting).map((value) => [setting.name, value] as const),
    );
    const least = together.map((setting) => [setting.name, oddValues(setting)[0] ?? setting.setting] as const);
    const alone = attempts.filter(isRefused).map((attempt) => [attempt]);
    const left = [...alone, ...groupsOf(attempts.filter((attempt) => !isRefused(attempt)))];
    const tryAll = async (name: string) => {
      for (let group = left.pop(); group !== undefined; group = left.pop()) {
        const refusal = await tryOn(server, name, group, server.urlOf(name));
        if (refusal === null) continue;
        const half = Math.ceil(group.length / 2);
        // Which of them was refused?
        if (group.length > 1) left.push(group.slice(0, half), group.slice(half));
        else refused[group[0]?.join('=') ?? ''] = refusal;
      }
    };
    await Promise.all([
      withDatabase(server, async (name) => {
        expect(await tryOn(server, name, least, server.urlOf(name))).toBeNull();
        await tryAll(name);
      }),
      withDatabase(server, tryAll),
    ]);
    for (const line of Object.values(refused)) expect(line).not.toContain('\n');
    expect(attempts.length).toBeGreaterThan(80);
    expect(Object.keys(refused).sort()).toEqual(REFUSED);
  }, 400_000);

  test('behind PgBouncer it holds for what can be asked for there, and the rest is refused', async () => {
    if (!pgBouncer) return;
    const bouncer = pgBouncer;
    // It keeps connections with the settings of before: a database each.
    const outcomeOf = (group: readonly Attempt[]) =>
      withDatabase(server, (database) => tryOn(server, database, group, bouncer.urlOf(database)));
    const outcome = (name: string, value: string) => outcomeOf([[name, value]]);
    const askedFor: Attempt[] = [
      ...['DateStyle', 'TimeZone'].flatMap((name) => (ODD[name] ?? []).map((value): Attempt => [name, value])),
      ...Object.entries({ client_encoding: 'LATIN1', bytea_output: 'escape', extra_float_digits: '-15' }),
      ...Object.entries({ standard_conforming_strings: 'off', IntervalStyle: 'sql_standard', statement_timeout: '1h' }),
    ];
    for (const group of groupsOf(askedFor)) expect(await outcomeOf(group)).toBeNull();
    expect(await outcome('array_nulls', 'off')).toMatch(
      /sets array_nulls=off, which cannot be changed through a connection pooler/,
    );
    expect(await outcome('default_transaction_isolation', 'serializable')).toMatch(
      /sets default_transaction_isolation=serializable,/,
    );
    expect(await outcome('statement_timeout', '500ms')).toMatch(/sets statement_timeout=500ms,/);
    expect(await outcome('exit_on_error', 'on')).toMatch(/sets exit_on_error=on,/);
  }, 200_000);
});
