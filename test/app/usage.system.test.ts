import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import type { Node } from '../../src/app/contracts.js';
import { startNode } from '../../src/app/start-node.js';
import { loadConfig } from '../../src/config/index.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { withClient } from '../../src/store/database/migrations.js';
import { createDatabase, freePort, type TestDatabase, until } from '../support/index.js';

const KEY = `tk_${randomBytes(32).toString('base64url')}`;

let database: TestDatabase;
let node: Node;

beforeAll(async () => {
  database = await createDatabase();
  const config = loadConfig('serve', {
    ...{ DATABASE_URL: database.url, BOOTSTRAP_API_KEY: KEY, TOKEN_SECRET: randomBytes(32).toString('hex') },
    ...{ API_PORT: '0', DELIVERY_PORT: '0', ADMIN_PORT: `${await freePort()}`, SHUTDOWN_DELAY: '0', SHUTDOWN_SPREAD: '0' },
  });
  node = await startNode('serve', { ...config, store: { ...config.store, databaseUrl: database.url } }, { logger: silentLogger });
  await node.ready;
});
afterAll(async () => {
  await node?.stop();
  await database?.drop();
});

async function ask<Data>(query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(node.urls.api ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': KEY },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

const uriOf = async (input: object) =>
  (
    await ask<{ registerRecipient: { connectionUri: string } }>(
      'mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }',
      { input },
    )
  ).registerRecipient.connectionUri;

test('what a tenant does on a node is usage, and in the metrics for the operator', async () => {
  const socket = new WebSocket(await uriOf({ recipient: 'r' }));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const received = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
  const refused = new WebSocket(await uriOf({ recipient: 'r', origin: 'https://good.example' }));
  await new Promise((resolve) => refused.once('error', resolve));
  await ask('mutation { pushMessage(input: { recipients: ["r", "s"], message: "hello" }) { index } }');
  await ask('mutation { publishEvents(input: { events: [{ topic: "a:b", type: "update", data: {} }] }) { id } }');
  expect(await received).toBe('hello');

  let entry: Record<string, unknown> = {};
  const usage = async () => {
    const { usage: entries } = await ask<{ usage: Array<Record<string, unknown>> }>(
      `query ($from: String!) { usage(during: { from: $from }, step: DAY) {
        accepted acceptedBytes delivered recalled liveEvents connects refused peakConnections webhookAttempts deliverySeconds { p50 p99 }
      } }`,
      { from: new Date(Date.now() - 60_000).toISOString() },
    );
    entry = entries.find(({ accepted }) => accepted !== 0) ?? {};
    // The last report brings what came last.
    return entry.connects === 1 && entry.liveEvents === 1 && entry.deliverySeconds !== null;
  };
  await until('what was gathered in memory to be reported', usage);
  expect(entry).toEqual({
    ...{ accepted: 2, acceptedBytes: 10, delivered: 1, recalled: 0, liveEvents: 1, connects: 1, refused: 1 },
    ...{ peakConnections: 1, webhookAttempts: 0, deliverySeconds: { p50: expect.any(Number), p99: expect.any(Number) } },
  });

  const metrics = await (await fetch(`${node.urls.admin}/tenant-metrics`)).text();
  for (const line of [
    'tidings_tenant_messages_accepted_total{tenant="default"} 2',
    'tidings_tenant_accepted_bytes_total{tenant="default"} 10',
    'tidings_tenant_receipts_total{tenant="default"} 1',
    'tidings_tenant_live_events_published_total{tenant="default"} 1',
    'tidings_tenant_handshakes_refused_total{tenant="default"} 1',
    'tidings_tenant_connections{tenant="default"} 1',
  ])
    expect(metrics).toContain(`${line}\n`);
  expect((await fetch(new URL('/tenant-metrics', node.urls.api))).status).toBe(404);
  expect((await fetch(new URL('/tenant-metrics', node.urls.delivery?.replace('ws:', 'http:')))).status).toBe(404);

  // What has come since the last report is reported at the end.
  const last = new WebSocket(await uriOf({ recipient: 'last' }));
  await new Promise((resolve, reject) => last.once('open', resolve).once('error', reject));
  await node.stop();
  const { rows } = await withClient(database.url, (client) =>
    client.query(
      'SELECT sum(connects)::int AS connects FROM (SELECT connects FROM usage_hours UNION ALL SELECT connects FROM usage_reports) AS c',
    ),
  );
  expect(rows).toEqual([{ connects: 2 }]);
});
