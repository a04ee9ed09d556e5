import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConfigWithDatabase } from '../../src/app/contracts.js';
import { openTenancy } from '../../src/app/tenancy.js';
import type { Services } from '../../src/cli/cli-context.js';
import { run } from '../../src/cli/run.js';
import { newApiKey } from '../../src/core/domain/api-key.js';
import { FULL_SCOPE } from '../../src/core/domain/roles.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { withClient } from '../../src/store/database/migrations.js';
import { copyEmptyCluster, createDatabase, sharedPostgresUrl } from '../support/index.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidings-first-'));
  await chmod(dataDir, 0o755);
  await copyEmptyCluster(join(dataDir, 'postgres'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Runs `serve` with a node that starts as told, and stops it at once. */
async function serve(startNode: Services['startNode'], environment: Record<string, string> = {}) {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    environment: { DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...environment },
    readInput: async () => '',
    onStopSignal: (listener: () => void) => {
      queueMicrotask(listener);
      return () => {};
    },
    exit: () => {},
  };
  const status = await run(['serve', '--json'], io, { startNode, openTenancy });
  return { status, err, said: out === '' ? null : (JSON.parse(out) as { apiKey?: string }) };
}

const starts: Services['startNode'] = async () => ({ urls: {}, ready: Promise.resolve(), stop: async () => {} });
const fails: Services['startNode'] = async () => {
  throw new Error('the port is in use');
};
/** Does with the database what a first start of a former version did before it was cut short. */
const leavesTenantAlone = async (_: unknown, config: ConfigWithDatabase) => {
  const { tenants, close } = await openTenancy(config, { logger: silentLogger });
  await tenants.createTenant('demo');
  await close();
  throw new Error('cut short');
};

describe('the key of the first start', () => {
  test('is shown by the first start that succeeds, once', async () => {
    expect(await serve(fails)).toMatchObject({ status: 1, err: 'tidings: the port is in use\n', said: null });
    expect((await serve(starts)).said?.apiKey).toMatch(/^tk_/);
    expect((await serve(starts)).said?.apiKey).toBeUndefined();
  }, 60_000);

  test('is shown where a former start has left its tenant without one', async () => {
    expect((await serve(leavesTenantAlone)).status).toBe(1);
    expect((await serve(starts)).said?.apiKey).toMatch(/^tk_/);
  }, 60_000);
});

/** Does with the database what a first start of the version before did, a day ago. */
const makesFormerKey = async (_: unknown, config: ConfigWithDatabase) => {
  const { keys, close } = await openTenancy(config, { logger: silentLogger });
  await keys.createFirstKey('demo', { ...newApiKey(), name: 'demo', scope: FORMER_FULL_SCOPE });
  await close();
  await withClient(config.store.databaseUrl, (client) =>
    client.query(`UPDATE api_keys SET created_at = created_at - interval '1 day'`),
  );
  throw new Error('replaced');
};
const FORMER_FULL_SCOPE =
  'websockets-manager-api:query:* websockets-manager-api:mutation:* websockets-manager-api:subscription:*';

test('the demo key of a former version gets what full scope says now', async () => {
  await serve(makesFormerKey);
  const scopes: string[] = [];
  const looks: Services['startNode'] = async (_, config) => {
    const { tenants, keys, close } = await openTenancy(config, { logger: silentLogger });
    const tenant = await tenants.findTenant('demo');
    scopes.push(...(await keys.listKeys(tenant?.id ?? '')).map(({ scope }) => scope));
    await close();
    throw new Error('seen');
  };
  await serve(looks);
  expect(scopes).toEqual([FULL_SCOPE]);
}, 60_000);

describe('a start', () => {
  test('is refused in one line where the stored secret is no secret', async () => {
    await writeFile(join(dataDir, 'token-secret'), '');
    const { status, err } = await serve(starts);
    expect(status).toBe(1);
    expect(err).toMatch(/^tidings: the token secret in .*token-secret must be one or several secrets, .*\n$/);
  });

  test('is refused in one line where the database cannot be used, and not where it is away', async () => {
    const name = `ascii_${randomBytes(6).toString('hex')}`;
    const sql = (text: string) => withClient(sharedPostgresUrl(), (client) => client.query(text));
    const environment = { TOKEN_SECRET: 's'.repeat(32), SHUTDOWN_DELAY: '0' };
    await sql(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0`);
    const database = await createDatabase();
    try {
      const ascii = database.url.replace(new URL(database.url).pathname, `/${name}`);
      const refused = await serve(starts, { ...environment, DATABASE_URL: ascii });
      expect(refused).toMatchObject({ status: 1, said: null });
      expect(refused.err).toMatch(/^tidings: the database's encoding is SQL_ASCII: .*\n$/);
      expect(await serve(starts, { ...environment, DATABASE_URL: database.url })).toMatchObject({ status: 0, err: '' });
      const away = 'postgresql://postgres@127.0.0.1:1/none';
      expect(await serve(starts, { ...environment, DATABASE_URL: away })).toMatchObject({ status: 0, err: '' });
    } finally {
      await database.drop();
      await sql(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});
