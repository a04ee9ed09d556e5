import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { NO_LIMITS } from '../../../src/core/domain/tenant-limits.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { readAttempt } from '../../../src/delivery/index.js';
import { createTenantLimits } from '../../../src/limits/index.js';
import { redisUrl, until } from '../../support/index.js';
import { Client } from '../support/client.js';
import { cleanUp, startNode, TENANT } from '../support/node.js';

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  await cleanUp();
  for (const close of closing.splice(0)) await close();
});

/** Starts a node with the limits of tenants, on Redis under a prefix, or by itself. */
async function start(prefix: string | null) {
  const { connectionLimits, close } = createTenantLimits({
    defaults: NO_LIMITS,
    store: { ownLimits: async () => null, countPending: async () => 0 },
    redis: prefix === null ? null : { url: redisUrl, prefix },
    servesApi: false,
    metrics: noMetrics,
    logger: silentLogger,
  });
  closing.push(close);
  const node = await startNode({}, { connectionLimits });
  // A connection of another service's protocol.
  node.node.attach({
    kind: 'live',
    matches: (path) => path === '/other',
    read: ({ request, query, address }) => readAttempt(request, query, address),
    maxPayload: () => 1024,
    readsCloseCodes: () => false,
    accept(claims, _attempt, socket) {
      const peer = node.node.hold(claims, socket);
      socket.listen({
        text() {},
        binary() {},
        ping() {},
        pong: (payload) => peer.pong(payload),
        closed: (code) => peer.closed(code),
      });
    },
  });
  return node;
}

const V1 = { protocols: ['tidings.v1'] };

describe('the limit of a tenant’s connections', () => {
  test('holds over two nodes, for every kind of connection', async () => {
    const prefix = randomUUID();
    const [one, two] = [await start(prefix), await start(prefix)];
    // Until both are connected to Redis each judges by itself.
    const limits = { connections: 4 };
    for (const { store } of [one, two]) store.limits.set(TENANT, limits);
    const first = await one.connect();
    await until('the nodes to hear of each other', async () => {
      const more = [await two.connect({ recipient: 'bob' }), await two.connect(), await two.connect(), await two.connect()];
      const full = more.some(({ status }) => status === 429);
      for (const client of more) client.cut();
      await until('the node to notice', () => two.node.connections === 0);
      return full;
    });
    const other = await Client.open(two.port, { path: '/other', token: two.token() });
    const third = await two.connect({ recipient: 'bob' });
    const fourth = await one.connect({}, V1);
    expect([first, other, third, fourth].map(({ status }) => status)).toEqual([101, 101, 101, 101]);

    for (const node of [one, two]) {
      const refused = await node.connect();
      expect(refused.status).toBe(429);
      expect(refused.headers['retry-after']).toMatch(/^[3-7]$/);
      const told = await node.connect({}, V1);
      expect(await told.closed()).toBe(4429);
      expect(told.closeReason).toMatch(/^tenant-connections: come back after [3-7] s$/);
    }
    // Those of other tenants are not concerned.
    expect((await one.connect({ tenantId: randomUUID() })).status).toBe(101);

    other.close();
    await until('a connection to be admitted again', async () => (await one.connect()).status === 101);
  });

  test('changes for handshakes to come, and closes nobody', async () => {
    const { connect, store, node } = await start(null);
    store.limits.set(TENANT, { connections: 2 });
    const clients = [await connect(), await connect()];
    expect((await connect()).status).toBe(429);
    store.limits.set(TENANT, { connections: 1 });
    expect((await connect()).status).toBe(429);
    expect([node.connections, clients.some(({ gone }) => gone)]).toEqual([2, false]);
    store.limits.delete(TENANT);
    expect((await connect()).status).toBe(101);
  });

  test('is exact in a storm', async () => {
    const { connect, store, node } = await start(null);
    store.limits.set(TENANT, { connections: 7 });
    const clients = await Promise.all(Array.from({ length: 30 }, (_, i) => connect({ recipient: `r${i}` })));
    expect(clients.filter(({ status }) => status === 101)).toHaveLength(7);
    expect(node.connections).toBe(7);
  });
});
