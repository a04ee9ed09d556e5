import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Patience } from '../../src/app/doctor/delivery-check.js';
import { examine } from '../../src/app/doctor/examine.js';
import type { Finding } from '../../src/app/doctor/finding.js';
import { statusOf } from '../../src/cli/doctor/doctor-command.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { withClient } from '../../src/store/database/migrations.js';
import { type Installation, startInstallation } from '../adapters/support.js';
import { runCommand } from '../support/command.js';
import { type FaultyGateway, startFaultyGateway } from '../support/faulty-gateway.js';
import { createDatabase, freePort, sharedPostgresUrl, startRedis, type TestDatabase, type TestRedis } from '../support/index.js';

const PATIENCE: Patience = { deliveryMs: 5_000, receiptMs: 1_500, withheldMs: 1_000, idleMs: 1_500 };

let gateway: FaultyGateway;
let installation: Installation;
let redis: TestRedis;
let strange: { url: string; stop(): Promise<void> };
beforeAll(async () => {
  redis = await startRedis();
  gateway = await startFaultyGateway();
  const env = { PUBLIC_DELIVERY_URL: gateway.url, PING_INTERVAL: '500ms', SWEEP_INTERVAL: '1s' };
  installation = await startInstallation({ deliveryNodes: 1, redisUrl: redis.url, env });
  strange = await installation.startDelivery({ TOKEN_SECRET: randomBytes(32).toString('hex') });
}, 60_000);
afterAll(async () => {
  await installation.stop();
  await gateway.close();
  await redis.stop();
});
beforeEach(() => {
  gateway.faults = {};
  gateway.nodes = [...installation.deliveryUrls];
});

interface Options {
  env?: Record<string, string>;
  key?: string | null;
  long?: boolean;
  now?: () => number;
}

/** Has the installation examined, as an operator who runs the command with the environment of its nodes. */
async function findings({ env = {}, key = installation.key, long = false, now = Date.now }: Options = {}): Promise<Finding[]> {
  const { store, redis: bus } = installation.config();
  return examine({
    environment: {
      DATABASE_URL: store.databaseUrl,
      REDIS_URL: redis.url,
      REDIS_PREFIX: bus.prefix,
      PUBLIC_DELIVERY_URL: gateway.url,
      ...env,
    },
    access: { url: installation.apiUrl, key },
    long,
    patience: PATIENCE,
    now,
    logger: silentLogger,
    onFinding: () => {},
  });
}

const wrongOnes = (found: readonly Finding[]) => found.filter(({ outcome }) => outcome === 'wrong');

/** Requires that exactly one check is wrong, by its name, and that it says what to do. */
async function expectFault(options: Options, check: string, said: RegExp, remedy: RegExp): Promise<Finding[]> {
  const found = await findings(options);
  expect(wrongOnes(found)).toEqual([
    { check, outcome: 'wrong', said: expect.stringMatching(said), remedy: expect.stringMatching(remedy) },
  ]);
  expect(statusOf(found)).toBe(1);
  return found;
}

const BEHIND_PROXY = { check: 'source address' };
/** The gateway is no trusted proxy of this installation: what is found of that is another test's. */
const without = (found: readonly Finding[]) => found.filter(({ check }) => check !== BEHIND_PROXY.check);

describe('a healthy installation', () => {
  test('is found to be so, and nothing is left of the examination', async () => {
    const found = await findings({ long: true });
    expect(found.map(({ check, outcome }) => [check, outcome])).toEqual([
      ['configuration', 'ok'],
      ['variables', 'ok'],
      ['database', 'ok'],
      ['migrations', 'ok'],
      ['clock', 'ok'],
      ['redis', 'ok'],
      ['API', 'ok'],
      ['delivery URL', 'ok'],
      ['upgrade', 'ok'],
      ['delivery', 'ok'],
      ['withheld pong', 'ok'],
      ['source address', 'ok'],
      ['idle', 'ok'],
    ]);
    expect(statusOf(found)).toBe(0);
    const left = await withClient(installation.config().store.databaseUrl, async (client) => {
      const { rows } = await client.query(
        `SELECT count(*)::int AS pending FROM messages WHERE recipient LIKE 'tidings-doctor-%' AND status = 'PENDING'`,
      );
      return rows;
    });
    expect(left).toEqual([{ pending: 0 }]);
  }, 30_000);

  test('cannot be checked whole without a key, which is said', async () => {
    const found = await findings({ key: null });
    expect(wrongOnes(found)).toEqual([]);
    const unchecked = found.filter(({ outcome }) => outcome === 'not-checked');
    expect(unchecked.map(({ check }) => check)).toEqual(['upgrade', 'delivery', 'withheld pong', 'source address']);
    expect(unchecked[0]?.remedy).toContain('TIDINGS_API_KEY');
    expect(statusOf(found)).toBe(2);
  });
});

describe('a fault is found by its name, with its remedy', () => {
  test('a variable that cannot be read', () =>
    expectFault({ key: null, env: { PING_INTERVAL: 'often' } }, 'configuration', /PING_INTERVAL/, /\.env\.example/));

  test.each([
    ['REDIS_PREFX', 'tidings', /rename it to REDIS_PREFIX/],
    ['MAX_CONECTIONS', '5', /rename it to MAX_CONNECTIONS/],
    ['LOG_LEVEL_FILE', '/x', /rename it to LOG_LEVEL/],
    ['TIDINGS_KEY', 'x', /take it out/],
  ])('a variable that nobody reads: %s', (name, value, remedy) =>
    expectFault({ key: null, env: { [name]: value } }, 'variables', new RegExp(`^${name} is no variable`), remedy),
  );

  test('a database that is away', async () => {
    const env = { DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/none' };
    const found = await expectFault({ key: null, env }, 'database', /ECONNREFUSED/, /DATABASE_URL/);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('a missing migration', async () => {
    const database: TestDatabase = await createDatabase();
    try {
      await withClient(database.url, (client) =>
        client.query(`DELETE FROM _prisma_migrations WHERE migration_name = '20261129060000_activity'`),
      );
      await expectFault(
        { key: null, env: { DATABASE_URL: database.url } },
        'migrations',
        /20261129060000_activity/,
        /tidings migrate/,
      );
    } finally {
      await database.drop();
    }
  });

  test('a clock that is off', () => expectFault({ key: null, now: () => Date.now() + 37_000 }, 'clock', /37 s ahead/, /NTP/));

  test('Redis that is away', async () => {
    const env = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    await expectFault({ key: null, env }, 'redis', /ECONNREFUSED/, /REDIS_URL/);
  });

  test('Redis without rights', async () => {
    const weak = await startRedis({ args: ['--user', 'weak', 'on', '>secret', '~*', '&*', '+@all', '-eval', '-xadd'] });
    try {
      const env = { REDIS_URL: weak.url.replace('redis://', 'redis://weak:secret@') };
      await expectFault({ key: null, env }, 'redis', /^EVAL, XADD: NOPERM/, /ACL SETUSER .*\+eval \+xadd/);
    } finally {
      await weak.stop();
    }
  });

  test('PUBLIC_DELIVERY_URL that leads to another place', async () => {
    const env = { PUBLIC_DELIVERY_URL: installation.apiUrl.replace(/^http(.*)\/graphql$/, 'ws$1') };
    await expectFault({ key: null, env }, 'delivery URL', /no delivery node \(status \d+\)/, /DELIVERY_PORT/);
  });

  test('a key of another installation', async () => {
    const found = await findings({ key: `tk_${'x'.repeat(43)}` });
    expect(wrongOnes(found)[0]).toMatchObject({ check: 'API', remedy: expect.stringContaining('TIDINGS_API_KEY') });
  });

  test('a secret that is wrong on one node of two', async () => {
    gateway.nodes = [...installation.deliveryUrls, strange.url];
    const found = await findings();
    expect(wrongOnes(found)[0]).toMatchObject({
      check: 'upgrade',
      said: expect.stringMatching(/^4 of 8 handshakes were refused .*401/),
      remedy: expect.stringContaining('TOKEN_SECRET'),
    });
  });

  test('a gateway that swallows pongs', async () => {
    gateway.faults = { swallowsPongs: true };
    const found = without(await findings());
    expect(wrongOnes(found)).toEqual([
      expect.objectContaining({
        check: 'delivery',
        said: expect.stringContaining('its pong did not come back'),
        remedy: expect.stringContaining('tidings.v1'),
      }),
    ]);
  });

  test('a gateway that answers pings itself', async () => {
    gateway.faults = { answersPings: true };
    const found = without(await findings());
    expect(wrongOnes(found)).toEqual([
      expect.objectContaining({
        check: 'withheld pong',
        said: expect.stringContaining('a gateway in between answers pings'),
        remedy: expect.stringContaining('tidings.v1'),
      }),
    ]);
  });

  test('a proxy that cuts connections although pings pass', async () => {
    gateway.faults = { cutsAfterMs: 1_000 };
    const found = without(await findings({ long: true }));
    expect(wrongOnes(found)).toEqual([
      expect.objectContaining({
        check: 'idle',
        said: expect.stringMatching(/cut after 1 s/),
        remedy: expect.stringContaining('proxy_read_timeout'),
      }),
    ]);
  });

  test('a proxy whose X-Forwarded-For is not what the client has', async () => {
    const trusting = await installation.startDelivery({ TRUST_PROXY: '127.0.0.1' });
    gateway.nodes = [trusting.url];
    await expectFault({}, 'source address', /another address than 127\.0\.0\.1/, /TRUST_PROXY/);
  });
});

test('the command prints findings with their remedies, and its status says whether something is wrong', async () => {
  const env = { DATABASE_URL: sharedPostgresUrl(), REDIS_URL: redis.url, TIDINGS_URL: installation.apiUrl, PING_INTRVAL: '5s' };
  const text = await runCommand(['doctor'], env);
  expect(text.status).toBe(1);
  expect(text.out).toMatch(/^WRONG +variables: PING_INTRVAL .*\n +-> rename it to PING_INTERVAL/m);
  const { status, out } = await runCommand(['doctor', '--json'], env);
  expect(JSON.parse(out)).toMatchObject({
    status,
    findings: expect.arrayContaining([expect.objectContaining({ check: 'redis', outcome: 'ok' })]),
  });
  expect((await runCommand(['doctor', '--key-file', '/nowhere'], env)).err).toBe(
    'tidings: --key-file names a file that cannot be read (ENOENT)\n',
  );
}, 30_000);
