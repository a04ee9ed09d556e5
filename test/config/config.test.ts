import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ApiConfig } from '../../src/api/index.js';
import { VARIABLE_NAMES, VARIABLES } from '../../src/config/environment.js';
import {
  type Config,
  ConfigError,
  deliveryUrl,
  type Environment,
  loadConfig,
  type Role,
  withMadeSecrets,
} from '../../src/config/index.js';
import type { DeliveryConfig } from '../../src/delivery/index.js';
import type { LiveConfig } from '../../src/live/live-config.js';

const SECRET = 's'.repeat(32);
const NODE = { DATABASE_URL: 'postgresql://u:hunter2@db/t', REDIS_URL: 'redis://:hunter2@r', TOKEN_SECRET: SECRET };

function problems(role: Role, environment: Environment): readonly string[] {
  try {
    loadConfig(role, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  test('has the documented defaults', () => {
    expect(loadConfig('serve', {})).toEqual({
      role: 'serve',
      client: { url: null, apiKey: null },
      api: { host: '127.0.0.1', port: 4000, tokenTtlMs: 86_400_000, activityRetentionMs: 7 * 86_400_000, trustProxy: [] },
      delivery: {
        host: '127.0.0.1',
        port: 4001,
        publicPath: '',
        trustProxy: [],
        activityRetentionMs: 7 * 86_400_000,
        maxConnections: 50_000,
        maxConnectionsPerRecipient: 100,
        maxHandshakesPerSecond: 2000,
        maxUnconfirmedMessages: 256,
        maxUnconfirmedBytes: 1024 * 1024,
        pingIntervalMs: 20_000,
        pongTimeoutMs: 10_000,
        sweepIntervalMs: 5000,
        shutdownDelayMs: 0,
        shutdownSpreadMs: 5000,
      },
      admin: { host: '127.0.0.1', port: null, metrics: null },
      store: {
        databaseUrl: null,
        poolMax: 10,
        messageRetentionMs: 30 * 86_400_000,
        auditRetentionMs: 90 * 86_400_000,
        activityRetentionMs: 7 * 86_400_000,
        statusFeedRetentionMs: 5 * 86_400_000,
        maxPendingPerRecipient: 10_000,
      },
      redis: { url: null, prefix: 'tidings' },
      live: {
        bounds: { maxAgeMs: 120_000, maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 },
        limits: {
          eventsPerSecond: 10_000,
          subscriptionsPerConnection: 256,
          patternsPerCommand: 100,
          whereBytes: 4096,
          commandsPerSecond: 100,
          publishesPerSecond: 10,
          bufferedBytes: 1024 * 1024,
        },
        lookEveryMs: 5000,
      },
      tenantLimits: { recipients: null, requests: null, bytes: null, connections: null, pending: null, liveEvents: null },
      embedded: { dataDir: resolve('.tidings'), postgresBin: null },
      log: { level: 'info', recipients: false },
      migrateDatabaseUrl: null,
      dataDir: resolve('.tidings'),
      publicDeliveryUrl: null,
      shutdownDelayMs: 0,
      tokenSecrets: [],
      webhooks: { allow: [], secretsKeys: [] },
      bootstrapApiKey: null,
    });
  });

  test('cannot be changed', () => {
    const config = loadConfig('serve', {});
    expect([config, config.delivery, config.live.limits].map(Object.isFrozen)).toEqual([true, true, true]);
  });

  test('counts an empty variable as unset', () => {
    const empty = Object.fromEntries(
      VARIABLE_NAMES.flatMap((name) => [
        [name, ''],
        [`${name}_FILE`, ''],
      ]),
    );
    expect(loadConfig('serve', empty)).toEqual(loadConfig('serve', {}));
  });

  test('waits for load balancers where the database is not the embedded one', () => {
    expect(loadConfig('serve', { DATABASE_URL: NODE.DATABASE_URL }).delivery.shutdownDelayMs).toBe(5000);
  });

  test.each([
    ['api', ['DATABASE_URL', 'REDIS_URL', 'TOKEN_SECRET', 'PUBLIC_DELIVERY_URL']],
    ['delivery', ['DATABASE_URL', 'REDIS_URL', 'TOKEN_SECRET']],
    ['serve', []],
    ['command', []],
  ] as const)('of %s names everything that it requires', (role, names) => {
    expect(problems(role, {})).toEqual(names.map((name) => `${name} is required by "tidings ${role}"`));
    expect(problems(role, { ...NODE, PUBLIC_DELIVERY_URL: 'wss://push.example.org' })).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '[::]'])('of serve requires PUBLIC_DELIVERY_URL for HOST %s', (HOST) => {
    expect(problems('serve', { HOST })).toEqual(['PUBLIC_DELIVERY_URL is required where HOST is a wildcard']);
    expect(problems('serve', { HOST, PUBLIC_DELIVERY_URL: 'ws://a' })).toEqual([]);
  });

  test('tells everything that is wrong at once, a line per variable, and no value', () => {
    const wrong = {
      API_PORT: 'hunter2',
      PING_INTERVAL: 'hunter2',
      TOKEN_SECRET: 'hunter2',
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      REDIS_URL: 'http://u:hunter2@h',
      BOOTSTRAP_API_KEY: 'hun ter2',
    };
    const lines = problems('serve', wrong);
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(Object.keys(wrong).sort());
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(lines.some((line) => line.includes('\n'))).toBe(false);
  });

  test.each([
    'postgresql://u:hunter2@a,b/t',
    'postgresql://u:hunter2@a:5432,b:5433/t?sslmode=require',
    'postgres://a:5432,b/t',
    'postgresql:///t?host=a,b',
    'postgresql:///t?host=a&port=5432%2C5433',
  ])('refuses a database URL of several hosts: %s', (url) => {
    const line = (name: string) =>
      `${name} must be a URL that names one host, not several: let one address lead to whichever server is the primary`;
    expect(problems('serve', { DATABASE_URL: url, MIGRATE_DATABASE_URL: url })).toEqual([
      line('DATABASE_URL'),
      line('MIGRATE_DATABASE_URL'),
    ]);
  });

  test.each(['postgresql://u:a,b@host/t,u', 'postgresql://u@host:5432/t?options=a,b', 'postgresql://u@localhost/t?host=/run/a'])(
    'takes a database URL of one host: %s',
    (url) => {
      expect(loadConfig('serve', { DATABASE_URL: url }).store.databaseUrl).toBe(url);
    },
  );

  test.each([
    ['?schema=app', /schema other than public: .*ALTER ROLE .* SET search_path/],
    ['?connection_limit=5', /DATABASE_POOL_MAX/],
    ['?pool_timeout=5', /parameters other than host, port, .*; it has pool_timeout$/],
    ['?sslmode=prefer', /sslmode \(or PGSSLMODE\) prefer, .*require, verify-full or disable/],
    ['?sslmode=allow', /sslmode \(or PGSSLMODE\) allow/],
    ['?sslmode=hunter2', /an sslmode \(or PGSSLMODE\) of disable, require, verify-ca, verify-full, no-verify$/],
    ['?sslmode=verify-ca', /an sslrootcert beside sslmode=verify-ca/],
    ['?sslmode=require&sslmode=disable', /parameter sslmode twice/],
    ['?channel_binding=require', /channel_binding=require/],
    ['?target_session_attrs=standby', /lead to a primary/],
    ['?connect_timeout=1', /connect_timeout below 3/],
    ['?hunter2=1', /must not have parameters other than [^;]*$/],
  ])('refuses a database URL with %s in one line that says what to do', (query, line) => {
    const lines = problems('serve', { DATABASE_URL: `${NODE.DATABASE_URL}${query}` });
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(lines[0]).toMatch(/^DATABASE_URL must /);
    expect(lines[0]).not.toContain('hunter2');
  });

  test.each([
    'sslmode=require',
    'sslmode=verify-full&sslrootcert=system',
    'sslmode=no-verify',
    'sslmode=disable&application_name=a',
    'sslmode=require&channel_binding=prefer&connect_timeout=10',
    'schema=public&pgbouncer=true',
    'options=-c%20search_path%3Dapp',
    'target_session_attrs=read-write&gssencmode=disable',
  ])('takes a database URL with ?%s', (query) => {
    const url = `${NODE.DATABASE_URL}?${query}`;
    expect(loadConfig('serve', { DATABASE_URL: url, PGSSLMODE: query.includes('ssl') ? 'prefer' : '' }).store.databaseUrl).toBe(
      url,
    );
  });

  test('takes PGSSLMODE where the database URL says nothing of TLS', () => {
    const url = (DATABASE_URL: string, PGSSLMODE: string) => loadConfig('serve', { DATABASE_URL, PGSSLMODE }).store.databaseUrl;
    expect(url('postgresql://a/b', 'require')).toBe('postgresql://a/b?sslmode=require');
    expect(url('postgresql://a/b?options=c', 'no-verify')).toBe('postgresql://a/b?options=c&sslmode=no-verify');
    expect(url('postgresql://a/b?sslmode=disable', 'require')).toBe('postgresql://a/b?sslmode=disable');
    expect(loadConfig('serve', { PGSSLMODE: 'prefer' }).store.databaseUrl).toBeNull();
  });

  test.each([
    ['redis://:hunter2@a/x', /a database by one number/],
    ['redis://:hunter2@a/1/2', /a database by one number/],
    ['redis://:hunter2@a/-1', /a database by one number/],
    ['redis://:hunter2@a/1?db=2', /a database by one number/],
    ['redis://:hunter2@a?family=6', /parameters other than db; it has family$/],
    ['redis://:hunter2@a/1,redis://b', /the same database in each of its URLs/],
    ['redis+sentinel://:hunter2@a', /must name sentinels/],
    ['redis+sentinel://a:1,/main', /must name sentinels/],
    ['redis+sentinel://a:x/main', /must name sentinels/],
    ['redis+sentinel://a/main/x', /must name sentinels/],
    ['redis+sentinel://a/main/1?db=2', /must name sentinels/],
    ['redis+sentinel://a/main?family=6', /parameters other than db, sentinel_username, sentinel_password; it has family$/],
    ['redis+sentinel://a/main,redis://b', /must name sentinels/],
  ])('refuses %s in one line that says what to do', (REDIS_URL, line) => {
    const lines = problems('serve', { REDIS_URL });
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(lines[0]).not.toContain('hunter2');
  });

  test.each([
    'redis://a/3',
    'redis+sentinel://u:p@a:1,b:2,[::1]:3/main/3',
    'redis+sentinel://a/main?db=3',
    'redis+sentinel://a/main/3?sentinel_username=u&sentinel_password=p%26q',
    'redis://a?db=3',
    'rediss://u:p,w@a/3,rediss://b/3',
    'redis://a/,redis://b',
  ])('takes %s', (REDIS_URL) => {
    expect(loadConfig('serve', { REDIS_URL }).redis.url).toBe(REDIS_URL);
  });

  test.each([
    ['HOST', 'not a host'],
    ['API_PORT', '65536'],
    ['API_PORT', '-1'],
    ['DELIVERY_PORT', '4001.5'],
    ['ADMIN_PORT', 'x'],
    ['METRICS', 'yes'],
    ['DATABASE_URL', 'nonsense'],
    ['DATABASE_POOL_MAX', '0'],
    ['REDIS_URL', 'redis://a,http://b'],
    ['REDIS_PREFIX', 'with blank'],
    ['PUBLIC_DELIVERY_URL', 'https://push.example.org'],
    ['PUBLIC_DELIVERY_URL', 'wss://push.example.org/?a=b'],
    ['TOKEN_SECRET', 's'.repeat(31)],
    ['TOKEN_SECRET', `${SECRET},`],
    ['TOKEN_TTL', '0'],
    ['TOKEN_TTL', '24'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'example.org'],
    ['MESSAGE_RETENTION', '23h'],
    ['AUDIT_RETENTION', '23h'],
    ['MAX_CONNECTIONS', '1e3'],
    ['MAX_CONNECTIONS_PER_RECIPIENT', '0'],
    ['MAX_HANDSHAKES_PER_SECOND', '0'],
    ['MAX_UNCONFIRMED_MESSAGES', '0'],
    ['MAX_UNCONFIRMED_BYTES', '1KiB'],
    ['MAX_PENDING_PER_RECIPIENT', 'many'],
    ['PING_INTERVAL', '20'],
    ['PONG_TIMEOUT', '-1s'],
    ['SWEEP_INTERVAL', '2w'],
    ['SHUTDOWN_DELAY', '11s'],
    ['SHUTDOWN_SPREAD', '1h'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s', (name, value) => {
    const lines = problems('serve', { [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name} must be `));
  });

  test('refuses one port for two servers, and a shutdown that takes longer than it may', () => {
    expect(problems('serve', { API_PORT: '5000', DELIVERY_PORT: '5000' })).toEqual(['DELIVERY_PORT is the same as API_PORT']);
    expect(problems('serve', { API_PORT: '0', DELIVERY_PORT: '0', ADMIN_PORT: '0' })).toEqual([]);
    expect(problems('serve', { SHUTDOWN_DELAY: '5s', SHUTDOWN_SPREAD: '5s' })).toEqual([]);
    expect(problems('serve', { SHUTDOWN_DELAY: '5s', SHUTDOWN_SPREAD: '5.1s' })).toHaveLength(1);
    expect(problems('delivery', { ...NODE, SHUTDOWN_SPREAD: '6s' })).toHaveLength(1);
  });

  test('spreads closes over less than 5 s where the delay leaves less of the time to exit', () => {
    expect(loadConfig('serve', { SHUTDOWN_DELAY: '8s' }).delivery.shutdownSpreadMs).toBe(2000);
    expect(loadConfig('serve', { SHUTDOWN_DELAY: '2s' }).delivery.shutdownSpreadMs).toBe(5000);
  });

  test.each([
    ['500ms', 500],
    ['20s', 20_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ])('reads %s as a duration', (PING_INTERVAL, ms) => {
    expect(loadConfig('serve', { PING_INTERVAL }).delivery.pingIntervalMs).toBe(ms);
  });

  test.each([
    ['65536', 65_536],
    ['2MiB', 2 * 1024 * 1024],
    ['2 MiB', 2 * 1024 * 1024],
  ])('reads %s as a size', (MAX_UNCONFIRMED_BYTES, bytes) => {
    expect(loadConfig('serve', { MAX_UNCONFIRMED_BYTES }).delivery.maxUnconfirmedBytes).toBe(bytes);
  });

  test.each([
    ['wss://push.example.org/', 'wss://push.example.org'],
    ['wss://push.example.org/a/b/', 'wss://push.example.org/a/b'],
    ['ws://push.example.org:8080/a', 'ws://push.example.org:8080/a'],
  ])('keeps the path of %s and drops its trailing slash', (PUBLIC_DELIVERY_URL, kept) => {
    const config = loadConfig('serve', { PUBLIC_DELIVERY_URL });
    expect(config.publicDeliveryUrl).toBe(kept);
    expect(kept.endsWith(config.delivery.publicPath)).toBe(true);
  });

  test('takes several secrets, Redis servers and proxies', () => {
    const config = loadConfig('serve', {
      TOKEN_SECRET: `${SECRET},${'t'.repeat(40)}`,
      REDIS_URL: 'redis://a:1, rediss://b:2',
      TRUST_PROXY: '10.0.0.0/8, ::1',
    });
    expect(config.tokenSecrets).toEqual([SECRET, 't'.repeat(40)]);
    expect(config.redis.url).toBe('redis://a:1,rediss://b:2');
    expect(config.api.trustProxy).toEqual(['10.0.0.0/8', '::1']);
    expect(config.delivery.trustProxy).toEqual(['10.0.0.0/8', '::1']);
  });

  test('writes addresses of version 6 in brackets', () => {
    expect(deliveryUrl('::1', 4001)).toBe('ws://[::1]:4001');
    expect(deliveryUrl('127.0.0.1', 4001)).toBe('ws://127.0.0.1:4001');
  });
});

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('can be files', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${SECRET}\n`);
    expect(loadConfig('delivery', { ...NODE, TOKEN_SECRET: '', TOKEN_SECRET_FILE: file }).tokenSecrets).toEqual([SECRET]);
  });

  test('cannot be given twice, nor as a file that is empty or not there', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    const missing = join(folder, 'missing');
    expect(problems('delivery', { ...NODE, TOKEN_SECRET_FILE: empty })).toEqual([
      'TOKEN_SECRET_FILE is given beside TOKEN_SECRET: only one of them can hold',
    ]);
    expect(problems('delivery', { ...NODE, TOKEN_SECRET: '', TOKEN_SECRET_FILE: empty })).toEqual([
      'TOKEN_SECRET_FILE names an empty file',
    ]);
    expect(problems('delivery', { ...NODE, TOKEN_SECRET: '', TOKEN_SECRET_FILE: missing })).toEqual([
      'TOKEN_SECRET_FILE names a file that cannot be read (ENOENT)',
    ]);
  });

  test('of tokens are made once, for the owner alone to read', async () => {
    chmodSync(folder, 0o755);
    const config = loadConfig('serve', { DATA_DIR: join(folder, 'data') });
    const made = await Promise.all([withMadeSecrets(config), withMadeSecrets(config), withMadeSecrets(config)]);
    const secrets = new Set(made.flatMap(({ tokenSecrets }) => tokenSecrets));
    expect(secrets.size).toBe(1);
    const file = join(folder, 'data', 'token-secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toBe([...secrets][0]);
    expect(Buffer.byteLength([...secrets][0] ?? '')).toBeGreaterThanOrEqual(32);
  });

  test('of webhooks are made once beside the embedded database, and never for one that nodes share', async () => {
    const data = join(folder, 'data-of-webhooks');
    const made = await withMadeSecrets(loadConfig('serve', { DATA_DIR: data }));
    const again = await withMadeSecrets(loadConfig('serve', { DATA_DIR: data }));
    expect(again.webhooks.secretsKeys).toEqual(made.webhooks.secretsKeys);
    expect(made.webhooks.secretsKeys).toEqual([readFileSync(join(data, 'secrets-key'), 'utf8').trim()]);
    const shared = await withMadeSecrets(loadConfig('serve', { DATA_DIR: data, DATABASE_URL: 'postgresql://localhost/tidings' }));
    expect(shared.webhooks.secretsKeys).toEqual([]);
    const given = loadConfig('serve', { DATA_DIR: data, SECRETS_KEY: `${SECRET},${SECRET}2` });
    expect((await withMadeSecrets(given)).webhooks.secretsKeys).toEqual([SECRET, `${SECRET}2`]);
  });

  test.each([
    ['nothing', ''],
    ['a line end alone', '\n'],
    ['five characters', 'short\n'],
    ['quotes', `"${SECRET}"\n`],
    ['one quote', `${SECRET}'\n`],
    ['a carriage return', `${SECRET}\r\n`],
    ['a NUL', `${SECRET}\0${SECRET}`],
    ['two lines', `${SECRET}\n${SECRET}\n`],
    ['a byte order mark', `\ufeff${SECRET}\n`],
  ])('of tokens are refused in one line where the stored file holds %s, and where TOKEN_SECRET does', async (_, text) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tidings-config-'));
    const file = join(dataDir, 'token-secret');
    writeFileSync(file, text);
    const refusal = await withMadeSecrets(loadConfig('serve', { DATA_DIR: dataDir })).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect((refusal as ConfigError).problems).toEqual([expect.stringMatching(/^the token secret in .*token-secret must .+$/)]);
    expect((refusal as ConfigError).message).not.toContain(SECRET);
    const asFile = problems('serve', { TOKEN_SECRET_FILE: file });
    expect(asFile).toHaveLength(1);
    expect(asFile[0]).toMatch(/^TOKEN_SECRET/);
    if (text.trim() !== '') expect(problems('serve', { TOKEN_SECRET: text.replace(/\n$/, '') })).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test.each([
    ['BOOTSTRAP_API_KEY', '"tk_0123456789"'],
    ['BOOTSTRAP_API_KEY', 'tk_0123456789\r'],
    ['DATABASE_URL', `${NODE.DATABASE_URL}\r`],
    ['DATABASE_URL', `"${NODE.DATABASE_URL}"`],
    ['MIGRATE_DATABASE_URL', `${NODE.DATABASE_URL}\r`],
    ['REDIS_URL', `${NODE.REDIS_URL}\r`],
  ])('are refused with a quote or a carriage return that is part of them: %s', (name, value) => {
    const file = join(folder, 'part');
    writeFileSync(file, `${value}\n`);
    for (const lines of [problems('serve', { [name]: value }), problems('serve', { [`${name}_FILE`]: file })]) {
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`^${name} must `));
      expect(lines[0]).not.toContain('hunter2');
    }
  });

  test('that were given stay', async () => {
    const config = loadConfig('serve', { TOKEN_SECRET: SECRET, DATA_DIR: join(folder, 'other') });
    expect((await withMadeSecrets(config)).tokenSecrets).toEqual([SECRET]);
  });
});

test('.env.example names every variable, with its default', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const lines = [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value]) => [name, value] as const);
  expect(lines.map(([name]) => name).sort()).toEqual([...VARIABLE_NAMES].sort());
  expect(loadConfig('serve', Object.fromEntries(lines))).toEqual(loadConfig('serve', {}));
});

test('the README, PROTOCOL.md or a page of docs/ names every variable', () => {
  const root = new URL('../../', import.meta.url);
  const pages = ['docs/', 'docs/design/'].flatMap((folder) =>
    readdirSync(new URL(folder, root)).flatMap((name) => (name.endsWith('.md') ? [`${folder}${name}`] : [])),
  );
  const text = ['PROTOCOL.md', 'README.md', ...pages].map((page) => readFileSync(new URL(page, root), 'utf8')).join('\n');
  expect(VARIABLE_NAMES.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

describe('a place in the configuration', () => {
  const places = Object.entries(VARIABLES).flatMap(([name, { paths }]) => paths.map((path) => [path, name] as const));

  test('belongs to one variable, and every variable has one', () => {
    expect(new Set(places.map(([path]) => path)).size).toBe(places.length);
    expect(new Set(places.map(([, name]) => name)).size).toBe(VARIABLE_NAMES.length);
  });
});

/** Names settings of a group that its consumer does not know. */
type Unread<Group, Consumer> = Exclude<keyof Group, keyof Consumer>;

type EverySettingIsRead = [
  | Unread<Config['api'], ApiConfig>
  | Unread<Config['delivery'], DeliveryConfig>
  | Unread<Config['live'], LiveConfig>
  | Unread<Config['live']['limits'], LiveConfig['limits']>
  | Unread<Config['live']['bounds'], LiveConfig['bounds']>,
] extends [never]
  ? true
  : false;

test('every setting of a group is one that its consumer reads', () => {
  // The compiler tests it.
  const read: EverySettingIsRead = true;
  expect(read).toBe(true);
});
