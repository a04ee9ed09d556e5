import { afterEach, describe, expect, test } from '@jest/globals';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import type { RecordedActivity } from '../../../src/core/ports/stores/activity-store.js';
import { Client } from '../support/client.js';
import { cleanUp, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const HOUR_MS = 3_600_000;

async function start(...[config, deps]: Parameters<typeof startNode>) {
  const node = await startNode({ activityRetentionMs: HOUR_MS, ...config }, deps);
  const { activity } = node.store;
  return {
    ...node,
    activity,
    recorded: async (count: number) => {
      await until(() => activity.length >= count);
      return activity;
    },
  };
}

const HEADERS = { Origin: 'https://app.example.org', 'User-Agent': `Browser ${'x'.repeat(300)}` };

describe('a node records', () => {
  test('who came and went, with what the handshake told of the client', async () => {
    const { connect, recorded } = await start();
    const client = await connect({ topic: 'news', revocation: 7 }, { headers: HEADERS, protocols: ['tidings.v1'] });
    const [came] = await recorded(1);
    client.close(1000);
    const [, went] = await recorded(2);
    const common = { tenantId: TENANT, recipient: 'alice', revocation: 7, topic: 'news', protocol: 'V1', times: 1, reason: null };
    const facts = { sourceIp: '127.0.0.1', origin: HEADERS.Origin, userAgent: HEADERS['User-Agent'].slice(0, 256) };
    expect(came).toMatchObject({ ...common, ...facts, kind: 'CONNECTED', connectedSeconds: null, closeCode: null });
    expect(came?.connectionId).toBe(came?.id);
    expect(went).toMatchObject({ ...common, ...facts, kind: 'DISCONNECTED', connectedSeconds: 0, closeCode: 1000 });
    expect(went?.connectionId).toBe(came?.id);
    expect(went?.node).toBe(came?.node);
    expect(went?.id).not.toBe(came?.id);
  });

  test('the code with which it closed a client itself, and that one which just vanished had none', async () => {
    const { connect, recorded, tell, store } = await start();
    const revoked = await connect();
    store.revocations.push({ tenantId: TENANT, recipientHash: recipientHash('alice'), number: 1 });
    await tell(null, { type: 'revoked', recipientHash: recipientHash('alice'), number: 1 });
    await revoked.closed();
    expect((await recorded(2)).at(-1)).toMatchObject({ kind: 'DISCONNECTED', closeCode: 4403 });
    const vanishing = await connect({ recipient: 'bob' });
    vanishing.cut();
    expect((await recorded(4)).at(-1)).toMatchObject({ recipient: 'bob', kind: 'DISCONNECTED', closeCode: 1006 });
  });

  type Claims = Parameters<Awaited<ReturnType<typeof startNode>>['token']>[0];
  test.each<[string, Claims, RecordedActivity['reason']]>([
    ['an expired token', { expiresAt: Date.now() - 1_000 }, 'TOKEN_EXPIRED'],
    ['a revoked token', { revocation: -1 }, 'TOKEN_REVOKED'],
    ['another origin', { origin: 'https://other.example.org' }, 'ORIGIN'],
    ['another address', { sourceIp: '203.0.113.0/24' }, 'SOURCE_IP'],
  ])('that it refused a client with %s, which was never connected', async (_, claims, reason) => {
    const { port, token, recorded, activity, store } = await start();
    if (claims?.revocation !== undefined) store.revocations.push({ tenantId: TENANT, recipientHash: null, number: 0 });
    const refused = await Client.open(port, { token: token(claims), headers: HEADERS });
    expect(refused.status).toBeGreaterThanOrEqual(401);
    const closed = await Client.open(port, { token: token(claims), headers: HEADERS, protocols: ['tidings.v1'] });
    const code = await closed.closed();
    await recorded(2);
    expect(activity.map(({ kind, closeCode, protocol }) => ({ kind, closeCode, protocol }))).toEqual([
      { kind: 'REFUSED', closeCode: null, protocol: 'PLAIN' },
      { kind: 'REFUSED', closeCode: code, protocol: 'V1' },
    ]);
    for (const one of activity)
      expect(one).toMatchObject({ recipient: 'alice', reason, connectionId: null, origin: HEADERS.Origin });
  });

  test('nothing of a forged token, of one that ended a day ago, or where it is switched off', async () => {
    const { port, token, connect, recorded } = await start();
    for (const one of ['forged', token({ expiresAt: Date.now() - 24 * HOUR_MS - 1_000 })])
      expect((await Client.open(port, { token: one })).status).toBe(401);
    await connect();
    expect(await recorded(1)).toMatchObject([{ kind: 'CONNECTED' }]);
    const off = await start({ activityRetentionMs: 0 });
    const client = await off.connect();
    client.close(1000);
    await client.closed();
    await off.node.stop();
    expect(off.activity).toEqual([]);
  });

  test('what happened last before it stops', async () => {
    const { connect, node, activity } = await start();
    await Promise.all([connect(), connect({ recipient: 'bob' })]);
    await node.stop();
    expect(activity.map(({ kind, closeCode }) => `${kind} ${closeCode}`).toSorted()).toEqual([
      ...['CONNECTED null', 'CONNECTED null', 'DISCONNECTED 1001', 'DISCONNECTED 1001'],
    ]);
  });

  test('no more than it can keep while the database is slow, and counts the rest', async () => {
    let dropped = 0;
    const metrics = { ...noMetrics, activityDropped: { inc: () => void dropped++ } };
    const { store, connect, push } = await start({}, { metrics });
    store.before.settle = () => new Promise(() => {});
    const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => connect({ recipient: `r${i}` })));
    await until(() => store.activity.length === 20);
    // More receipts than it takes: some of the last ones may not arrive.
    for (let i = 0; i < 5_400; i++) await push(`${i}`, {}, `r${i % 20}`);
    for (const client of clients) await client.received(270);
    await until(() => {
      clients.pop()?.cut();
      return dropped > 0;
    });
  });
});
