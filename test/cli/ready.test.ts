import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startNode } from '../../src/app/start-node.js';
import { openTenancy } from '../../src/app/tenancy.js';
import { run } from '../../src/cli/run.js';
import { MIGRATIONS_FOLDER } from '../../src/config/index.js';
import { migrate, withClient } from '../../src/store/database/migrations.js';
import { freePort, sharedPostgresUrl, until } from '../support/index.js';

const NAME = `ready_${randomBytes(4).toString('hex')}`;
const onDatabase = (name: string, user?: string) => {
  const url = new URL(sharedPostgresUrl());
  url.pathname = `/${name}`;
  if (user !== undefined) url.username = user;
  return url.href;
};
const asOwner = (sql: string, database = NAME) => withClient(onDatabase(database), (client) => client.query(sql));

// A database without migrations, and a role that may have two connections.
beforeAll(async () => {
  await asOwner(`CREATE DATABASE ${NAME}`, 'postgres');
  await asOwner(`CREATE ROLE ${NAME} LOGIN CONNECTION LIMIT 2`);
  for (const kind of ['TABLES', 'SEQUENCES']) await asOwner(`ALTER DEFAULT PRIVILEGES GRANT ALL ON ${kind} TO ${NAME}`);
});
afterAll(async () => {
  await asOwner(`DROP DATABASE ${NAME} WITH (FORCE)`, 'postgres');
  await asOwner(`DROP ROLE ${NAME}`, 'postgres');
});

test('a node says that it is ready once it is, on no more connections than its pool has, and shows nobody its metrics', async () => {
  const port = await freePort();
  let out = '';
  let stop = () => {};
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: () => {},
    environment: {
      DATABASE_URL: onDatabase(NAME, NAME),
      DATABASE_POOL_MAX: '2',
      API_PORT: String(port),
      DELIVERY_PORT: '0',
      TOKEN_SECRET: randomBytes(32).toString('hex'),
      SHUTDOWN_DELAY: '0s',
      SHUTDOWN_SPREAD: '0s',
      LOG_LEVEL: 'silent',
    },
    readInput: async () => '',
    onStopSignal: (listener: () => void) => {
      stop = listener;
      return () => {};
    },
    exit: () => {},
  };
  const ended = run(['serve'], io, { startNode, openTenancy });
  const readyz = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      async (answer) => ({ status: answer.status, body: (await answer.json()) as { status: string } }),
      () => null,
    );
  try {
    await until('the node to miss its migrations', async () => (await readyz())?.body.status === 'migrations missing');
    // Both connections of the pool are open from here on.
    const ask = (key: string) => fetch(`http://127.0.0.1:${port}/graphql?query={version}`, { headers: { 'x-api-key': key } });
    await Promise.all(['one', 'two', 'three', 'four'].map(ask));
    expect(out).toBe('');
    await migrate(onDatabase(NAME), MIGRATIONS_FOLDER);
    await until('the node to be ready', async () => (await readyz())?.status === 200);
    await until('the node to say so', () => out !== '');
    // Only METRICS=public shows them on the ports of tenants.
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
    expect(out).toMatch(/^Tidings .* is ready \(serve\)\.\n/);
  } finally {
    stop();
  }
  expect(await ended).toBe(0);
});
