import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isReadable } from '../../src/app/transfer.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { openEmbedded } from '../../src/embedded/supervisor.js';
import { migrate, withClient } from '../../src/store/database/migrations.js';
import { TRANSFERRED } from '../../src/store/transfer/transferred-tables.js';
import { openStore } from '../store/open.js';
import { runCommand } from '../support/command.js';
import { createDatabase, exited, leash, MIGRATIONS, sharedPostgresUrl, type TestDatabase, until } from '../support/index.js';

const PROGRAM = fileURLToPath(new URL('../../bin/tidings.mjs', import.meta.url));
/** More than two batches of a restore. */
const MESSAGES = 12_000;

let folder: string;
let made: TestDatabase[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-transfer-'));
  await chmod(folder, 0o755);
  made = [];
});
afterEach(async () => {
  await Promise.all(made.map((database) => database.drop()));
  await rm(folder, { recursive: true, force: true });
});

async function newDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  made.push(database);
  return database;
}

/** Makes a database without a table. */
async function emptyDatabase(): Promise<TestDatabase> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await withClient(sharedPostgresUrl(), (client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(sharedPostgresUrl());
  url.pathname = `/${name}`;
  const database = {
    url: url.href,
    drop: () =>
      withClient(sharedPostgresUrl(), async (client) => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
  made.push(database);
  return database;
}

type Rows = (sql: string, values?: unknown[]) => Promise<Array<Record<string, unknown>>>;

/** Asks a database several things by one connection. */
const asking = <Answer>(url: string, use: (rows: Rows) => Promise<Answer>): Promise<Answer> =>
  withClient(url, (client) => use(async (sql, values = []) => (await client.query(sql, values)).rows));

const inDatabase = (url: string, sql: string, values: unknown[] = []) => asking(url, (rows) => rows(sql, values));

async function succeed(argv: readonly string[], environment: Record<string, string>) {
  const outcome = await runCommand(argv, environment);
  if (outcome.status !== 0) throw new Error(outcome.err);
  return outcome;
}

/** Gives a database two tenants with rows of every kind. */
async function fill(url: string, messages: number): Promise<{ acme: string; other: string }> {
  const [acme, other] = [randomUUID(), randomUUID()];
  await withClient(url, async (client) => {
    const run = (sql: string, values: unknown[] = []) => client.query(sql, values);
    await run(`INSERT INTO tenants (id, name, limits) VALUES ($1, 'acme', '{"pending": 7}'), ($2, $3, NULL)`, [
      acme,
      other,
      'other, "odd" \\ née',
    ]);
    await run(
      `INSERT INTO messages (tenant_id, id, recipient, message, topic, status, receipt, created_at, expires_at, delivered_at, receipt_connection_id)
       SELECT CASE WHEN n % 10 = 0 THEN $2::uuid ELSE $1::uuid END, message_id(floor(extract(epoch FROM now()) * 1000)::bigint, nextval('message_seq')),
         'user-' || n % 1000, 'text ' || n || E' \\\\ "quoted" \\n\\t\\u0001 ünï 🚀', CASE WHEN n % 3 = 0 THEN 'news' END,
         CASE WHEN n % 2 = 0 THEN 'DELIVERED' ELSE 'PENDING' END::"MessageStatus", CASE WHEN n % 2 = 0 THEN 'PONG' END::"ReceiptKind",
         now(), CASE WHEN n % 5 = 0 THEN now() + interval '1 day' END, CASE WHEN n % 2 = 0 THEN now() END,
         CASE WHEN n % 2 = 0 THEN gen_random_uuid() END
       FROM generate_series(1, $3::int) n`,
      [acme, other, messages],
    );
    for (const tenant of [acme, other]) {
      await run(
        `INSERT INTO api_keys (id, tenant_id, hash, prefix, scope) VALUES (gen_random_uuid(), $1, sha256($2::bytea), 'tk_x', 'websockets-manager-api:query:*')`,
        [tenant, Buffer.from(tenant)],
      );
      await run(
        `INSERT INTO global_messages (tenant_id, id, message, created_at) VALUES ($1, gen_random_uuid(), 'to all', now())`,
        [tenant],
      );
      await run(
        `INSERT INTO idempotency_keys VALUES ($1, 'key', sha256('x'), '{"entries": [{"id": "1.50", "n": 1.50}], "null": null}', now())`,
        [tenant],
      );
      await run(
        `INSERT INTO revocations (tenant_id, recipient_hash, number, revoked_at, keep_until) VALUES ($1, sha256('user-1'), nextval('revocation_seq'), now(), now())`,
        [tenant],
      );
      await run(`INSERT INTO live_topics VALUES ($1, 'a:b', true, now())`, [tenant]);
      await run(`INSERT INTO event_rules VALUES ($1, 'file', 'File', '{create,update}'), ($1, 'none', 'None', NULL)`, [tenant]);
      await run(`INSERT INTO alert_rules VALUES ($1, 'code', 'a:*', 'data.x > 1', now())`, [tenant]);
      await run(
        `INSERT INTO audit_entries (tenant_id, id, operation, recipient_hmac, outcome) VALUES ($1, gen_random_uuid(), 'eraseRecipient', sha256('x'), 'DONE')`,
        [tenant],
      );
      await run(
        `INSERT INTO activity (tenant_id, recipient, id, kind, at, last_at, times, node) VALUES ($1, 'user-1', gen_random_uuid(), 'CONNECTED', now(), now(), 1, 'n')`,
        [tenant],
      );
      await run(
        `INSERT INTO usage_hours (tenant_id, hour, accepted, seconds_buckets, seconds_counts) VALUES ($1, 1, 9007199254740993, '{1,2}', '{3,9007199254740993}')`,
        [tenant],
      );
      await run(`INSERT INTO usage_deltas (tenant_id, hour, accepted) VALUES ($1, 2, 5), ($1, 2, 5)`, [tenant]);
      await run(`INSERT INTO status_feeds VALUES ($1, true, false)`, [tenant]);
      await run(`INSERT INTO status_feed_heads VALUES ($1, 9007199254740993, 1, '-infinity')`, [tenant]);
      await run(
        `INSERT INTO status_events (tenant_id, number, type, at, message_id, recipient, recorded_at)
         VALUES ($1, 1, 'DELIVERED', now(), gen_random_uuid(), 'user-1', now())`,
        [tenant],
      );
      await run(
        `INSERT INTO status_event_inbox (tenant_id, type, at, message_id, recipient) VALUES ($1, 'RECALLED', now(), gen_random_uuid(), 'user-1')`,
        [tenant],
      );
      await run(`INSERT INTO overdue_checks VALUES ($1, gen_random_uuid(), now())`, [tenant]);
      await run(`INSERT INTO usage_reports VALUES ($1, 3, 4, 5, 6, 7, 8, 9, '{1}', '{2}')`, [tenant]);
    }
  });
  return { acme, other };
}

/** What each table's rows are to be without: a restore changes it, or an import does. */
const CHANGED: Record<string, string> = {
  tenants: `to_jsonb(t) - 'revocation' - 'revoked_at'`,
};
const CHANGED_BY_IMPORT: Record<string, string> = { ...CHANGED, status_event_inbox: `to_jsonb(t) - 'seq'` };

/** Sums up every row of every table, but for what a restore is to change. */
const ledger = (url: string, tenant: string | null = null): Promise<Record<string, unknown>> =>
  asking(url, async (rows) => {
    const sums: Record<string, unknown> = {};
    const there = (await rows(`SELECT relname::text FROM pg_class WHERE relkind = 'r'`)).map(({ relname }) => relname);
    for (const { name, tenant: owner } of TRANSFERRED.filter((table) => there.includes(table.name))) {
      const conditions = [
        ...(tenant === null ? [] : [`${owner} = '${tenant}'`]),
        ...(name === 'audit_entries' ? [`operation NOT LIKE 'cli.%'`] : []),
      ];
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const row = (tenant === null ? CHANGED : CHANGED_BY_IMPORT)[name] ?? 't';
      const [sum] = await rows(
        `SELECT count(*) || ' ' || md5(string_agg(line, ',' ORDER BY line)) AS sum FROM (SELECT md5((${row})::text) AS line FROM ${name} t ${where}) l`,
      );
      sums[name] = sum?.sum;
    }
    return sums;
  });

const embeddedUrl = async (dataDir: string) => openEmbedded({ dataDir, postgresBin: null }, silentLogger);

describe('a back-up', () => {
  test('takes 12,000 messages from embedded to a PostgreSQL of one’s own and back, every row as it was', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const [out, back] = [join(folder, 'out.backup'), join(folder, 'back.backup')];
    const source = await embeddedUrl(first);
    let before: Record<string, unknown>;
    try {
      await migrate(source.url, MIGRATIONS);
      await fill(source.url, MESSAGES);
      before = await ledger(source.url);
      // While the database is in use.
      const { out: said, err } = await succeed(['backup', out], { DATA_DIR: first });
      expect(said).toMatch(/^wrote 12,0\d\d rows, as they were at 20.*Z, to .*out\.backup\n/);
      expect(err).toContain(`tidings: using the embedded database in DATA_DIR ${first}\n`);
    } finally {
      await source.stop();
    }
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const own = await emptyDatabase();
    const { out: restored } = await succeed(['restore', out], { DATABASE_URL: own.url });
    expect(restored).toContain('erased, revoked or delivered since then is as it was before');
    expect(await ledger(own.url)).toEqual(before);
    await succeed(['backup', back], { DATABASE_URL: own.url });
    // Makes the folder.
    await succeed(['restore', back], { DATA_DIR: second });
    const target = await embeddedUrl(second);
    try {
      expect(await ledger(target.url)).toEqual(before);
    } finally {
      await target.stop();
    }
  }, 120_000);

  test('kills all tokens, those of after it and of another restore, too; new ones work', async () => {
    const database = await newDatabase();
    const { acme } = await fill(database.url, 10);
    const file = join(folder, 'tokens');
    await succeed(['backup', file], { DATABASE_URL: database.url });
    let newest = 0;
    for (let life = 0; life < 2; life++) {
      const own = await newDatabase();
      await succeed(['restore', file], { DATABASE_URL: own.url });
      const store = await openStore(own.url);
      try {
        const { revocation } = await store.standing(acme, 'user-1');
        // A token carries the number of its time and is dead from the next one on.
        expect(revocation).toBeGreaterThan(newest);
        expect(Number.isSafeInteger(revocation)).toBe(true);
        await store.revoke(acme, 'user-1', 1_000_000);
        newest = (await store.standing(acme, 'user-1')).revocation;
      } finally {
        await store.close();
      }
    }
  });

  test('is refused where there is a tenant, and nothing is changed', async () => {
    const database = await newDatabase();
    await fill(database.url, 10);
    const file = join(folder, 'used');
    await succeed(['backup', file], { DATABASE_URL: database.url });
    const before = await ledger(database.url);
    const { status, err } = await runCommand(['restore', file], { DATABASE_URL: database.url });
    expect([status, err]).toEqual([1, expect.stringMatching(/^tidings: the database has tenants already \("acme", .*\n$/)]);
    expect(await ledger(database.url)).toEqual(before);
  });

  test('never goes over an existing file', async () => {
    const database = await newDatabase();
    const file = join(folder, 'there');
    await writeFile(file, 'precious');
    const { status, err } = await runCommand(['backup', file], { DATABASE_URL: database.url });
    expect([status, err]).toEqual([1, expect.stringMatching(/exists already/)]);
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test('is one moment: what is written meanwhile is in it whole or not at all', async () => {
    const database = await newDatabase();
    const { acme } = await fill(database.url, 20_000);
    const file = join(folder, 'live');
    let pairs = 0;
    let stopped = false;
    // Two rows of one transaction, in tables far apart.
    const writer = asking(database.url, async (rows) => {
      while (!stopped) {
        pairs++;
        await rows(
          `WITH t AS (INSERT INTO live_topics VALUES ($1, $2, false, now())) INSERT INTO alert_rules VALUES ($1, $2, 'a', 'true', now())`,
          [acme, `pair-${pairs}`],
        );
      }
    });
    try {
      await until('some pairs', () => pairs > 5);
      await succeed(['backup', file], { DATABASE_URL: database.url });
    } finally {
      stopped = true;
      await writer;
    }
    const lines = gunzipSync(await readFile(file))
      .toString()
      .split('\n');
    const count = (table: string) => lines.filter((line) => line.startsWith(`{"${table}":`) && line.includes('pair-')).length;
    expect(count('live_topics')).toBeGreaterThan(5);
    expect(count('live_topics')).toBe(count('alert_rules'));
  }, 60_000);

  let whole: Buffer;
  beforeAll(async () => {
    const [database, ours] = await Promise.all([createDatabase(), mkdtemp(join(tmpdir(), 'tidings-whole-'))]);
    await fill(database.url, 50);
    await succeed(['backup', join(ours, 'whole')], { DATABASE_URL: database.url });
    whole = await readFile(join(ours, 'whole'));
    await Promise.all([database.drop(), rm(ours, { recursive: true })]);
  });

  test.each<[string, (file: string) => Promise<void>, RegExp]>([
    ['cut short', async (file) => truncate(file, (await stat(file)).size - 100), /damaged or not whole/],
    [
      'with a flipped bit',
      async (file) => {
        const bytes = await readFile(file);
        const at = bytes.length >> 1;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        await writeFile(file, bytes);
      },
      /damaged or not whole/,
    ],
    [
      'without its end',
      async (file) => {
        const lines = gunzipSync(await readFile(file))
          .toString()
          .trimEnd()
          .split('\n');
        await writeFile(file, gzipSync(`${lines.slice(0, -1).join('\n')}\n`));
      },
      /its end is missing/,
    ],
    [
      'with a changed row',
      async (file) =>
        writeFile(
          file,
          gzipSync(
            gunzipSync(await readFile(file))
              .toString()
              .replace('text 3', 'text 4'),
          ),
        ),
      /its checksum is another one/,
    ],
    ['of something else', (file) => writeFile(file, 'SELECT 1;\n'), /neither a back-up nor an export/],
    ['that is empty', (file) => writeFile(file, ''), /neither a back-up nor an export/],
    ['that is not there', (file) => rm(file), /cannot be read \(ENOENT\)/],
  ])('is refused %s, and leaves nothing behind', async (_, damage, words) => {
    const file = join(folder, 'damaged');
    await writeFile(file, whole);
    await damage(file);
    const dataDir = join(folder, 'new');
    const { status, err } = await runCommand(['restore', file], { DATA_DIR: dataDir });
    expect([status, err]).toEqual([1, expect.stringMatching(words)]);
    expect(err.trim().split('\n').length).toBeLessThan(3);
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  });

  test('restored in part, by a restore that is killed, is nothing; the next one restores it whole', async () => {
    const database = await newDatabase();
    await fill(database.url, 30_000);
    const file = join(folder, 'killed');
    await succeed(['backup', file], { DATABASE_URL: database.url });
    const own = await newDatabase();
    const env = { PATH: process.env.PATH ?? '', DATABASE_URL: own.url };
    const child = leash(spawn(process.execPath, [PROGRAM, 'restore', file], { env, stdio: 'ignore' }));
    const writes = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO "messages"%'`;
    await asking(own.url, async (rows) => {
      await until('the restore to load messages', async () => (await rows(writes)).length > 0);
      child.kill('SIGKILL');
      await exited(child);
      await until('its transaction to end', async () => (await rows(writes)).length === 0);
      expect(await rows('SELECT FROM tenants')).toEqual([]);
      expect(await rows('SELECT FROM messages LIMIT 1')).toEqual([]);
    });
    await succeed(['restore', file], { DATABASE_URL: own.url });
    expect(await ledger(own.url)).toEqual(await ledger(database.url));
  }, 60_000);

  test.each([
    ['0.3.0', '0.3.9', true],
    ['0.2.7', '0.3.0', true],
    ['0.1.0', '0.3.0', false],
    ['0.4.0', '0.3.0', false],
    ['0.9.0', '1.0.0', true],
    ['1.0.0', '2.1.0', false],
    ['x', '0.1.0', false],
  ])('of %s is read by %s: %s', (version, own, readable) => {
    expect(isReadable(version, own)).toBe(readable);
  });
});

describe('the export of a tenant', () => {
  test('is JSON lines, holds that tenant alone, and is imported beside others with all its ids', async () => {
    const [from, to] = [await newDatabase(), await newDatabase()];
    const { acme, other } = await fill(from.url, 1_000);
    const file = join(folder, 'acme.jsonl');
    await succeed(['tenant', 'export', 'acme', file], { DATABASE_URL: from.url });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    for (const line of text.trimEnd().split('\n')) expect(typeof JSON.parse(line)).toBe('object');
    expect(text).not.toContain(other);
    await succeed(['tenant', 'create', 'neighbour'], { DATABASE_URL: to.url });
    const said = await succeed(['tenant', 'import', file, '--json'], { DATABASE_URL: to.url });
    expect(JSON.parse(said.out)).toMatchObject({ tenant: { id: acme, name: 'acme' }, rows: { tenants: 1, messages: 900 } });
    expect(await ledger(to.url, acme)).toEqual(await ledger(from.url, acme));
    const [tokens] = await inDatabase(to.url, `SELECT revocation > 1e15 AS dead FROM tenants WHERE id = $1`, [acme]);
    expect(tokens).toEqual({ dead: true });
    expect(await inDatabase(to.url, `SELECT revocation::int FROM tenants WHERE name = 'neighbour'`)).toEqual([{ revocation: 0 }]);
    const audited = await succeed(['audit', '--tenant', 'acme', '--operation', 'cli.tenant.import', '--json'], {
      DATABASE_URL: to.url,
    });
    expect(JSON.parse(audited.out)).toMatchObject([{ subject: 'tenant:acme', outcome: 'DONE' }]);
    const again = await runCommand(['tenant', 'import', file], { DATABASE_URL: to.url });
    expect([again.status, again.err]).toEqual([1, 'tidings: there is a tenant "acme" with that name or id already\n']);
  });

  test('that holds rows of another tenant is refused', async () => {
    const [from, to] = [await newDatabase(), await newDatabase()];
    const { acme } = await fill(from.url, 20);
    const file = join(folder, 'forged.jsonl');
    await succeed(['tenant', 'export', 'acme', file], { DATABASE_URL: from.url });
    const { createHash } = await import('node:crypto');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const victim = randomUUID();
    const forged = lines.slice(0, -1).map((line) => (line.startsWith('{"api_keys":') ? line.replaceAll(acme, victim) : line));
    const end = JSON.parse(lines.at(-1) ?? '');
    end.end.sha256 = createHash('sha256')
      .update(`${forged.join('\n')}\n`)
      .digest('hex');
    await writeFile(file, `${forged.join('\n')}\n${JSON.stringify(end)}\n`);
    const { status, err } = await runCommand(['tenant', 'import', file], { DATABASE_URL: to.url });
    expect([status, err]).toEqual([1, expect.stringContaining('api_keys of another tenant')]);
    expect(await inDatabase(to.url, 'SELECT FROM tenants')).toEqual([]);
  });

  test('of nobody is refused', async () => {
    const { url } = await newDatabase();
    const { status, err } = await runCommand(['tenant', 'export', 'nobody', join(folder, 'x')], { DATABASE_URL: url });
    expect([status, err]).toEqual([1, expect.stringContaining('there is no tenant "nobody"')]);
  });
});
