import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startNode } from '../../src/app/start-node.js';
import { openTenancy } from '../../src/app/tenancy.js';
import type { Services } from '../../src/cli/cli-context.js';
import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/run.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { openEmbedded } from '../../src/embedded/supervisor.js';
import { migrate, withClient } from '../../src/store/database/migrations.js';
import { createDatabase, freePort, sharedPostgresUrl, type TestDatabase } from '../support/index.js';

const FULL = 'websockets-manager-api:query:* websockets-manager-api:mutation:*';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

interface Outcome {
  status: number;
  out: string;
  err: string;
}

/** Runs a command as a user would, with an environment of its own. */
async function tidings(
  argv: string[],
  environment: Record<string, string> = {},
  given: Services = { startNode, openTenancy },
): Promise<Outcome> {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    environment: { DATABASE_URL: database.url, LOG_LEVEL: 'silent', ...environment },
    readInput: async () => '',
    onStopSignal: () => () => {},
    exit: () => {},
  };
  const status = await run(argv, io, given);
  return { status, out, err };
}

const json = async (...argv: string[]) => {
  const { status, out, err } = await tidings([...argv, '--json']);
  expect(err).toBe('');
  expect(status).toBe(0);
  return JSON.parse(out);
};

describe('every command', () => {
  test.each([
    [],
    ['serve'],
    ['api'],
    ['delivery'],
    ['migrate'],
    ['tenant'],
    ['tenant', 'create'],
    ['tenant', 'list'],
    ['tenant', 'disable'],
    ['tenant', 'enable'],
    ['tenant', 'limit'],
    ['tenant', 'delete'],
    ['key'],
    ['key', 'create'],
    ['key', 'list'],
    ['key', 'revoke'],
    ['audit'],
    ['usage'],
    ['backup'],
    ['doctor'],
    ['restore'],
    ['tenant', 'export'],
    ['tenant', 'import'],
  ])('has help: %s %s', async (...argv) => {
    const { status, out } = await tidings([...argv, '--help']);
    expect(status).toBe(0);
    expect(out).toContain(['Usage: tidings', ...argv].join(' '));
  });

  test.each([
    ['no command', [], /^error: a command is missing: see "tidings --help"\n$/],
    ['no command of a group', ['key'], /^error: a command is missing: see "tidings key --help"\n$/],
    ['an unknown command', ['shout'], /^error: unknown command 'shout'\n$/],
    ['a command that looks like another', ['serv'], /^error: unknown command 'serv' \(Did you mean serve\?\)\n$/],
    ['an option that looks like another', ['serve', '--josn'], /^error: unknown option '--josn' \(Did you mean --json\?\)\n$/],
    ['an unknown option', ['tenant', 'list', '--all'], /^error: unknown option '--all'\n$/],
    ['a missing argument', ['tenant', 'create'], /^error: missing required argument 'name'\n$/],
    ['a missing option', ['key', 'list'], /^error: required option '--tenant <name>' not specified\n$/],
    ['one argument too many', ['tenant', 'list', 'x'], /^error: too many arguments .*\n$/],
  ])('fails with one line for %s', async (_, argv, line) => {
    const { status, out, err } = await tidings(argv);
    expect(status).not.toBe(0);
    expect(out).toBe('');
    expect(err).toMatch(line);
  });

  test('names everything that is wrong with the configuration, a line each', async () => {
    const { status, err } = await tidings(['tenant', 'list'], { API_PORT: 'x', PING_INTERVAL: 'y' });
    expect(status).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(2);
  });

  test('fails with one line, too, while Redis is away', async () => {
    const program = fileURLToPath(new URL('../../bin/tidings.mjs', import.meta.url));
    const env = { PATH: process.env.PATH ?? '', DATABASE_URL: database.url, REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    const outcome = await new Promise((resolve) => {
      execFile(process.execPath, [program, 'tenant', 'disable', 'nobody'], { env }, (_error, stdout, stderr) =>
        resolve({ stdout, stderr }),
      );
    });
    expect(outcome).toEqual({ stdout: '', stderr: expect.stringMatching(/^tidings: there is no tenant "nobody"; .*\n$/) });
  });

  test('never tells a password, also where the database refuses it', async () => {
    const { status, err } = await tidings(['tenant', 'list'], { DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/d' });
    expect(status).toBe(1);
    expect(err).toMatch(/^tidings: .*ECONNREFUSED.*\n$/);
    expect(err).not.toContain('hunter2');
  });
});

describe('tenants', () => {
  test('are created, listed, disabled and deleted', async () => {
    const created = await json('tenant', 'create', 'acme');
    expect(created).toMatchObject({ name: 'acme', disabledAt: null });
    expect(await json('tenant', 'list')).toEqual([created]);
    expect(await json('tenant', 'disable', 'acme')).toEqual({ ...created, disabledAt: expect.any(String) });
    expect(await json('tenant', 'delete', 'acme', '--yes')).toMatchObject({ id: created.id, name: 'acme' });
    expect(await json('tenant', 'list')).toEqual([]);
  });

  test('have names of their own', async () => {
    await json('tenant', 'create', 'twice');
    const { status, err } = await tidings(['tenant', 'create', 'twice']);
    expect(status).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test.each(['', ' a', 'a\nb', 'x'.repeat(129)])('cannot be called %j', async (name) => {
    expect((await tidings(['tenant', 'create', name])).status).toBe(1);
  });

  test('are not deleted without --yes', async () => {
    await json('tenant', 'create', 'careful');
    const { status, err } = await tidings(['tenant', 'delete', 'careful']);
    expect(status).toBe(1);
    expect(err).toContain('--yes');
    expect(await json('tenant', 'list')).toContainEqual(expect.objectContaining({ name: 'careful' }));
  });

  test.each([
    ['disable'],
    ['enable'],
    ['limit'],
    ['limit', '--pending', '1'],
    ['enable', '--revoke-tokens'],
    ['delete', '--yes'],
  ])('that do not exist are not changed: %s', async (verb, ...flags) => {
    const { status, err } = await tidings(['tenant', verb, 'nobody', ...flags]);
    expect(status).toBe(1);
    expect(err).toMatch(/^tidings: there is no tenant "nobody"; there is: .*"careful".*\n$/);
  });

  test('have limits of their own, or those of the environment', async () => {
    const { id } = await json('tenant', 'create', 'limited');
    const limits = async (environment: Record<string, string>, ...argv: string[]) => {
      const { status, out, err } = await tidings(['tenant', 'limit', 'limited', ...argv, '--json'], environment);
      expect([status, err]).toEqual([0, '']);
      const data: { limits: Array<{ policy: string; limit: number | null; from: string }> } = JSON.parse(out);
      expect(data).toMatchObject({ id, name: 'limited' });
      return Object.fromEntries(data.limits.map(({ policy, limit, from }) => [policy, `${limit} ${from}`]));
    };
    const none = 'null default';
    const nothing = { recipients: none, requests: none, bytes: none, liveEvents: none, connections: none, pending: none };
    expect(await limits({})).toEqual(nothing);
    const given = [
      ...['--recipients-per-second', '10', '--requests-per-second', '20', '--bytes-per-second', '30'],
      ...['--live-events-per-second', '40', '--connections', '50', '--pending', '60'],
    ];
    expect(await limits({}, ...given)).toEqual({
      recipients: '10 tenant',
      requests: '20 tenant',
      bytes: '30 tenant',
      liveEvents: '40 tenant',
      connections: '50 tenant',
      pending: '60 tenant',
    });
    const back = ['--recipients-per-second', 'default', '--requests-per-second', 'none', '--bytes-per-second', 'default'];
    const environment = { TENANT_RECIPIENTS_PER_SECOND: '7', TENANT_REQUESTS_PER_SECOND: '8' };
    expect(await limits(environment, ...back)).toMatchObject({
      recipients: '7 default',
      requests: 'null tenant',
      bytes: none,
      pending: '60 tenant',
    });
    const { out } = await tidings(['tenant', 'limit', 'limited'], environment);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'POLICY       LIMIT  FROM',
      'recipients   7      default',
      'requests     none   tenant',
    ]);
  });

  test.each(['0', '-1', '1.5', 'many', '1000000000001'])('have no limit of %s', async (word) => {
    const { status, out, err } = await tidings(['tenant', 'limit', 'limited', '--pending', word]);
    expect([status === 0, out]).toEqual([false, '']);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('that are disabled or deleted are announced to running nodes before any row is deleted', async () => {
    const announced: string[] = [];
    const watched: Services = {
      startNode,
      openTenancy: async (...given) => {
        const tenancy = await openTenancy(...given);
        return {
          ...tenancy,
          announceDisabled: (id) => announce('disabled', id),
          announceDeleted: (id) => announce('deleted', id),
        };
      },
    };
    const announce = async (what: string, id: string) => {
      const rows = await withClient(database.url, (client) => client.query('SELECT FROM tenants WHERE id = $1', [id]));
      announced.push(`${what} ${rows.rowCount}`);
    };
    await json('tenant', 'create', 'watched');
    await tidings(['tenant', 'disable', 'watched'], {}, watched);
    await tidings(['tenant', 'enable', 'watched'], {}, watched);
    expect(announced).toEqual(['disabled 1']);
    await tidings(['tenant', 'enable', 'watched', '--revoke-tokens'], {}, watched);
    await tidings(['tenant', 'delete', 'watched', '--yes'], {}, watched);
    expect(announced).toEqual(['disabled 1', 'disabled 1', 'deleted 1']);
  });
});

describe('keys', () => {
  beforeAll(async () => {
    await json('tenant', 'create', 'keys');
  });

  test('are shown once, listed by prefix, and revoked', async () => {
    const created = await json('key', 'create', '--tenant', 'keys', '--scope', FULL, '--name', 'backend');
    expect(created.key).toMatch(/^tk_[\w-]{43}$/);
    expect(created).toMatchObject({ name: 'backend', scope: FULL, expiresAt: null, revokedAt: null, lastUsedAt: null });
    expect(created.key.startsWith(created.prefix)).toBe(true);
    const { key, ...listed } = created;
    expect(await json('key', 'list', '--tenant', 'keys')).toContainEqual(listed);
    expect((await tidings(['key', 'list', '--tenant', 'keys'])).out).not.toContain(key);
    expect(await json('key', 'revoke', created.id)).toEqual({ ...listed, revokedAt: expect.any(String) });
  });

  test.each([
    ['websockets-manager-api:query:nothing', 'the schema has no query "nothing"'],
    ['websockets-manager-api:mutation:messages', 'the schema has no mutation "messages"'],
    ['messages', '"messages" is no scope'],
    ['websockets-manager-api:query:* websockets-manager-api:write:*', '"websockets-manager-api:write:*" is no scope'],
  ])('refuse the scope %s', async (scope, words) => {
    const before = await json('key', 'list', '--tenant', 'keys');
    const { status, err } = await tidings(['key', 'create', '--tenant', 'keys', '--scope', scope]);
    expect(status).toBe(1);
    expect(err).toContain(words);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(await json('key', 'list', '--tenant', 'keys')).toEqual(before);
  });

  test.each([
    ['full', [], 'mutation:* websockets-manager-api:subscription:* websockets-manager-api:admin:*'],
    ['push', [], 'mutation:cancelMessages'],
    ['support', [], 'websockets-manager-api:option:hide-text'],
    ['support', ['--show-text'], 'mutation:revokeRecipient'],
  ])('have the role %s %s, which stands for a scope', async (role, flags, end) => {
    const created = await json('key', 'create', '--tenant', 'keys', '--role', role, ...flags);
    expect(created).toMatchObject({ role, createdBy: null });
    expect(created.scope.endsWith(end)).toBe(true);
    expect((await tidings(['key', 'list', '--tenant', 'keys'])).out).toMatch(new RegExp(`${created.id}.* ${role} `));
  });

  test.each([
    [[], 'give either --scope or --role'],
    [['--role', 'full', '--scope', FULL], 'give either --scope or --role'],
    [['--role', 'admin'], 'there is no role "admin": the roles are full, push, support'],
    [['--role', 'Full'], 'there is no role "Full"'],
    [['--role', 'push', '--show-text'], '--show-text goes with --role support'],
    [['--scope', FULL, '--show-text'], '--show-text goes with --role support'],
  ])('are not made with %j', async (flags, words) => {
    const { status, out, err } = await tidings(['key', 'create', '--tenant', 'keys', ...flags]);
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain(words);
  });

  test('have entries of administration and options by hand, too', async () => {
    const scope = 'websockets-manager-api:query:apiKeys websockets-manager-api:admin:* websockets-manager-api:option:hide-text';
    expect(await json('key', 'create', '--tenant', 'keys', '--scope', ` ${scope}  `)).toMatchObject({ scope, role: null });
  });

  test('are revoked with all that they made', async () => {
    const maker = await json('key', 'create', '--tenant', 'keys', '--role', 'full');
    await withClient(database.url, (client) =>
      client.query(
        `INSERT INTO api_keys (id, tenant_id, hash, prefix, scope, created_by, descends_from)
         SELECT gen_random_uuid(), tenant_id, sha256('made'), 'made', '', id, id FROM api_keys WHERE id = $1`,
        [maker.id],
      ),
    );
    const made = async () =>
      (await json('key', 'list', '--tenant', 'keys')).find(({ createdBy }: { createdBy: string }) => createdBy === maker.id);
    await json('key', 'revoke', maker.id);
    expect(await made()).toMatchObject({ prefix: 'made', revokedAt: null });
    expect((await tidings(['key', 'revoke', maker.id, '--descendants'])).out).toContain('and the keys that come from it');
    expect((await made()).revokedAt).toEqual(expect.any(String));
  });

  test('expire after a duration, by the clock of the database', async () => {
    const { createdAt, expiresAt } = await json('key', 'create', '--tenant', 'keys', '--scope', FULL, '--expires', '90d');
    const days = (Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000;
    expect(days).toBeGreaterThan(89.99);
    expect(days).toBeLessThan(90.01);
  });

  test('expire at a moment', async () => {
    const at = '2099-01-31T12:00:00Z';
    const { expiresAt } = await json('key', 'create', '--tenant', 'keys', '--scope', FULL, '--expires', at);
    expect(expiresAt).toBe('2099-01-31T12:00:00.000Z');
  });

  test.each(['yesterday', '2001-01-01T00:00:00Z', '0', '2099-02-30T00:00:00Z'])('cannot expire %s', async (when) => {
    const { status, err } = await tidings(['key', 'create', '--tenant', 'keys', '--scope', FULL, '--expires', when]);
    expect(status).toBe(1);
    expect(err).toMatch(/^tidings: --expires .*\n$/);
  });

  test.each(['no-id', '019aa0b0-0000-7000-8000-000000000000'])('that do not exist are not revoked: %s', async (id) => {
    const { status, err } = await tidings(['key', 'revoke', id]);
    expect(status).toBe(1);
    expect(err).toBe(`tidings: there is no key with the id "${id}"\n`);
  });

  test('are not made for a tenant that is disabled, and again once it is enabled', async () => {
    await json('tenant', 'create', 'paused');
    await json('tenant', 'disable', 'paused');
    const create = ['key', 'create', '--tenant', 'paused', '--scope', FULL];
    expect(await tidings(create)).toEqual({
      status: 1,
      out: '',
      err: 'tidings: tenant "paused" is disabled: run "tidings tenant enable" first\n',
    });
    expect(await json('tenant', 'enable', 'paused')).toMatchObject({ name: 'paused', disabledAt: null });
    expect((await tidings(create)).status).toBe(0);
  });

  test('belong to a tenant that exists', async () => {
    expect((await tidings(['key', 'create', '--tenant', 'nobody', '--scope', FULL])).err).toContain('no tenant "nobody"');
    expect((await tidings(['key', 'list', '--tenant', 'nobody'])).err).toContain('no tenant "nobody"');
  });
});

describe('audit', () => {
  const FIELDS = ['operation', 'outcome', 'subject'] as const;
  const shown = (entries: Array<Record<string, unknown>>) => entries.map((entry) => FIELDS.map((field) => entry[field]));

  test('tells what was done to tenants and keys, newest first', async () => {
    await json('tenant', 'create', 'audited');
    const { id, prefix } = await json('key', 'create', '--tenant', 'audited', '--scope', FULL);
    await json('key', 'revoke', id, '--descendants');
    await json('tenant', 'disable', 'audited');
    await json('tenant', 'enable', 'audited');
    await json('tenant', 'enable', 'audited', '--revoke-tokens');
    await json('tenant', 'limit', 'audited', '--connections', '5', '--pending', 'none');
    // Shows them, and changes nothing.
    await json('tenant', 'limit', 'audited');
    const entries = await json('audit', '--tenant', 'audited');
    expect(shown(entries)).toEqual([
      ['cli.tenant.limit', 'DONE', 'tenant:audited connections:5 pending:none'],
      ['cli.tenant.enable', 'DONE', 'tenant:audited tokens:revoked'],
      ['cli.tenant.enable', 'DONE', 'tenant:audited'],
      ['cli.tenant.disable', 'DONE', 'tenant:audited'],
      ['cli.key.revoke', 'DONE', `descendants:too key:${id} prefix:${prefix}`],
      ['cli.key.create', 'DONE', `key:${id} prefix:${prefix}`],
      ['cli.tenant.create', 'DONE', 'tenant:audited'],
    ]);
    expect(entries[0]).toEqual({
      ...{ id: expect.any(String), at: expect.stringMatching(/Z$/), tenant: 'audited', tenantId: expect.any(String) },
      ...{ apiKeyId: null, keyPrefix: null, keyName: null, address: null, code: null, requestId: null },
      ...{ operation: 'cli.tenant.limit', outcome: 'DONE', subject: 'tenant:audited connections:5 pending:none' },
    });
    expect(shown(await json('audit', '--tenant', 'audited', '--operation', 'cli.key.create', '--limit', '1'))).toHaveLength(1);
    expect(await json('audit', '--tenant', 'audited', '--to', '2001-01-01')).toEqual([]);
    expect(await json('audit', '--tenant', 'audited', '--recipient', 'nobody')).toEqual([]);
    expect((await tidings(['audit', '--tenant', 'audited'])).out).toMatch(/^AT +TENANT +KEY +OPERATION +SUBJECT/);
  });

  test('tells of all tenants without --tenant, of deleted ones, too', async () => {
    const { id } = await json('tenant', 'create', 'forgotten');
    await json('tenant', 'delete', 'forgotten', '--yes');
    const [last] = await json('audit');
    expect(last).toMatchObject({ operation: 'cli.tenant.delete', outcome: 'DONE', tenant: null, tenantId: id });
    expect((await json('audit', '--limit', '1000')).some(({ tenant }: { tenant: string }) => tenant === 'audited')).toBe(true);
  });

  test.each([
    [['--recipient', 'ann'], /^tidings: --recipient needs --tenant/],
    [['--tenant', 'nobody'], /^tidings: there is no tenant "nobody"; there is: .*\n$/],
    [['--from', 'yesterday'], /^tidings: at\.from /],
    [['--limit', '0'], /^error: .*number from 1 to 100000/],
  ])('fails with one line for %j', async (argv, line) => {
    const { status, out, err } = await tidings(['audit', ...argv]);
    // What commander refuses is wrong use.
    expect([status, out]).toEqual([err.startsWith('error:') ? 2 : 1, '']);
    expect(err).toMatch(line);
  });
});

describe('usage', () => {
  const today = () => new Date().toISOString().slice(0, 10);

  test('is printed by tenant and step, as a table, JSON or CSV', async () => {
    const { id } = await json('tenant', 'create', 'used, "much"');
    await json('tenant', 'create', 'unused');
    // A test may run at midnight: the sums are of the day that is asked for.
    const day = today();
    const hour = Date.parse(day) / 3_600_000 + 7;
    await withClient(database.url, async (client) => {
      await client.query(
        `INSERT INTO usage_hours (tenant_id, hour, accepted, accepted_bytes, delivered, seconds_buckets, seconds_counts)
         VALUES ($1, $2, 2, 20, 1, '{0}', '{1}')`,
        [id, hour],
      );
      await client.query('INSERT INTO usage_deltas (tenant_id, hour, accepted, accepted_bytes) VALUES ($1, $2, 1, 10)', [
        id,
        hour,
      ]);
    });
    const bounds = ['--from', day, '--to', day];
    const used = {
      tenant: 'used, "much"',
      accepted: 3,
      acceptedBytes: 30,
      delivered: 1,
      deliverySeconds: { p50: 0.001, p99: 0.001 },
    };
    const days = await json('usage', ...bounds);
    expect(days).toContainEqual(expect.objectContaining({ ...used, from: `${day}T00:00:00.000Z` }));
    expect(days).toContainEqual(expect.objectContaining({ tenant: 'unused', accepted: 0, deliverySeconds: null }));
    const hours = await json('usage', '--tenant', 'used, "much"', ...bounds, '--step', 'hour');
    expect(hours).toHaveLength(24);
    expect(hours[7]).toMatchObject({ ...used, from: `${day}T07:00:00.000Z`, to: `${day}T08:00:00.000Z` });
    const { out } = await tidings(['usage', ...bounds]);
    expect(out).toMatch(/^TENANT +FROM +ACCEPTED +ACCEPTED BYTES +GLOBALS +DELIVERED /);
    const shown = out.split('\n').filter((line) => line.startsWith('used'));
    expect(shown).toEqual([expect.stringMatching(/Z +3 +30 +0 +1 +0 +0 +0\.001 /)]);
    expect(out).not.toContain('unused');
    const csv = (await tidings(['usage', ...bounds, '--csv'])).out.trim().split('\n');
    expect(csv[0]).toMatch(/^tenant,from,accepted,acceptedBytes,globals,/);
    expect(csv).toContain(`"used, ""much""",${day}T00:00:00.000Z,3,30,0,1,0,0,0.001,0.001,0,0,0,0,0`);
    expect(csv).toContain(`unused,${day}T00:00:00.000Z,0,0,0,0,0,0,,,0,0,0,0,0`);
  });

  test('is of the last 30 days, or the last day by hours, if nothing is said', async () => {
    await json('tenant', 'create', 'idle');
    expect(await json('usage', '--tenant', 'idle')).toHaveLength(31);
    expect(await json('usage', '--tenant', 'idle', '--step', 'hour')).toHaveLength(25);
    expect((await tidings(['usage', '--tenant', 'idle'])).out).toBe('nothing was used in this time\n');
  });

  test.each([
    ['a tenant that is not there', ['--tenant', 'nobody'], /^tidings: there is no tenant "nobody"; there is: .*\n$/],
    ['a time that is none', ['--from', 'yesterday'], /^tidings: --from must be a date and time .*\n$/],
    ['too many steps', ['--from', '2020-01-01', '--to', '2026-01-01'], /^tidings: --from and --to cover 2193 steps; .*\n$/],
    ['two forms at once', ['--csv', '--json'], /^tidings: --csv and --json cannot be given together\n$/],
    ['an unknown step', ['--step', 'week'], /^error: option '--step <step>' argument 'week' is invalid\. .*\n$/],
  ])('is refused for %s', async (_, argv, said) => {
    const { status, out, err } = await tidings(['usage', ...argv]);
    expect([status, out]).toEqual([err.startsWith('error:') ? 2 : 1, '']);
    expect(err).toMatch(said);
  });
});

describe('migrate', () => {
  const fresh = async (use: (url: string) => Promise<void>) => {
    const server = sharedPostgresUrl();
    const name = `fresh_${process.pid}_${Date.now()}`;
    await withClient(server, (client) => client.query(`CREATE DATABASE ${name}`));
    const url = new URL(server);
    url.pathname = `/${name}`;
    try {
      await use(url.href);
    } finally {
      await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  };

  test('tells what is missing, applies it once, and then has nothing to do', () =>
    fresh(async (DATABASE_URL) => {
      const ask = async (...argv: string[]) => JSON.parse((await tidings(['migrate', '--json', ...argv], { DATABASE_URL })).out);
      const before = await ask('--status');
      expect(before.applied).toEqual([]);
      expect(before.missing.length).toBeGreaterThan(0);
      expect((await tidings(['tenant', 'list'], { DATABASE_URL })).err).toBe(
        `tidings: the database lacks ${before.missing.join(', ')}: run "tidings migrate"\n`,
      );
      const [one, other] = await Promise.all([ask(), ask()]);
      expect([...one.applied, ...other.applied].sort()).toEqual(before.missing);
      expect(await ask()).toEqual({ applied: [] });
      expect(await ask('--status')).toEqual({ applied: before.missing, missing: [], unknown: [] });
    }));

  test('uses MIGRATE_DATABASE_URL where it is given', () =>
    fresh(async (MIGRATE_DATABASE_URL) => {
      const { out } = await tidings(['migrate', '--json'], { MIGRATE_DATABASE_URL, DATABASE_URL: 'postgresql://127.0.0.1:1/d' });
      expect(JSON.parse(out).applied.length).toBeGreaterThan(0);
    }));

  test('lets a version work on the schema of a newer one', () =>
    fresh(async (DATABASE_URL) => {
      await tidings(['migrate'], { DATABASE_URL });
      await withClient(DATABASE_URL, (client) =>
        client.query(
          `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '29990101000000_newer', now())`,
        ),
      );
      const { out } = await tidings(['migrate', '--status', '--json'], { DATABASE_URL });
      expect(JSON.parse(out)).toMatchObject({ missing: [], unknown: ['29990101000000_newer'] });
      expect((await tidings(['tenant', 'list'], { DATABASE_URL })).status).toBe(0);
    }));

  test('leaves nothing of a migration that fails', () =>
    fresh(async (url) => {
      const { mkdir, writeFile } = await import('node:fs/promises');
      const folder = await mkdtemp(join(tmpdir(), 'tidings-migrations-'));
      await mkdir(join(folder, '1_broken'));
      await writeFile(join(folder, '1_broken', 'migration.sql'), 'CREATE TABLE half (a int); SELECT 1 / 0;');
      await expect(migrate(url, folder)).rejects.toThrow('migration 1_broken: division by zero');
      const { rows } = await withClient(url, (client) => client.query(`SELECT to_regclass('half') AS half`));
      expect(rows).toEqual([{ half: null }]);
      await rm(folder, { recursive: true });
    }));
});

describe('on the embedded database', () => {
  let folder: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidings-cli-'));
    await chmod(folder, 0o755);
    environment = { DATABASE_URL: '', DATA_DIR: join(folder, 'data') };
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('commands start it for their time, migrate it, and find what others did', async () => {
    // Commands make no database: one is there from a first start.
    const made = await openEmbedded({ dataDir: environment.DATA_DIR ?? '', postgresBin: null }, silentLogger);
    await made.stop();
    const created = await tidings(['tenant', 'create', 'kept'], environment);
    expect(created).toMatchObject({
      status: 0,
      err: `tidings: using the embedded database in DATA_DIR ${environment.DATA_DIR}\n`,
    });
    const { out } = await tidings(['tenant', 'list', '--json'], environment);
    expect(JSON.parse(out)).toEqual([expect.objectContaining({ name: 'kept' })]);
  });
});
