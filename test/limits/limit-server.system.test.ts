import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../src/core/ports/logger.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import type { LimitServer } from '../../src/limits/limit-server.js';
import { RedisLimitServer } from '../../src/limits/redis/redis-limit-server.js';
import { onServer, startCluster, type TestCluster } from '../bus/cluster.js';
import { startRedis, type TestRedis, until } from '../support/index.js';
import { FakeLimitServer } from './support.js';

let redis: TestRedis;
let cluster: TestCluster;
const opened: RedisLimitServer[] = [];
beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis(), startCluster()]);
}, 60_000);
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});
afterAll(async () => {
  await cluster.stop();
  await redis.stop();
});

function open(ports: readonly number[], prefix: string = randomUUID(), servesApi = true): RedisLimitServer {
  const url = ports.map((port) => `redis://127.0.0.1:${port}`).join(',');
  const server = new RedisLimitServer({ url, prefix, servesApi, logger: silentLogger, timers: systemTimers });
  opened.push(server);
  return server;
}

async function connected(server: RedisLimitServer): Promise<RedisLimitServer> {
  await until('limits to be connected', () => server.usable);
  return server;
}

const implementations: Array<[string, () => Promise<LimitServer>]> = [
  ['in memory', async () => new FakeLimitServer(() => performance.now())],
  ['on Redis', () => connected(open([redis.port]))],
  ['on a Redis Cluster', () => connected(open(cluster.nodes.map(({ port }) => port)))],
];

/** So slow that nothing flows in while a test runs. */
const RATE = 0.001;
const recipients = (over: { supposed?: number; taken?: number } = {}) => ({
  policy: 'recipients' as const,
  rate: 1000 * RATE,
  supposed: 10,
  taken: 0,
  ...over,
});
const bytes = { policy: 'bytes' as const, rate: RATE, supposed: 0.01, taken: 0 };

describe.each(implementations)('buckets %s', (_, start) => {
  it('begin with what is supposed, lose what was taken, and judge calls in order', async () => {
    const server = await start();
    const tenant = randomUUID();
    const answer = await server.exchange(
      tenant,
      [recipients({ taken: 2 })],
      [{ recipients: 5 }, { recipients: 4 }, { recipients: 3 }],
    );
    expect(answer.refusals).toEqual([null, { policy: 'recipients', waitMs: expect.any(Number) }, null]);
    expect(answer.refusals[1]?.waitMs).toBeGreaterThan(900);
    expect(answer.refusals[1]?.waitMs).toBeLessThanOrEqual(1000);
    expect(answer.levels[0]).toBeCloseTo(0, 1);
    // What a second node supposes is of no matter.
    const [level] = (await server.exchange(tenant, [recipients()], [])).levels;
    expect(level).toBeLessThan(1);
  });

  it('take a call larger than they hold when they are full, and stay in debt', async () => {
    const server = await start();
    const tenant = randomUUID();
    const { refusals, levels } = await server.exchange(tenant, [recipients()], [{ recipients: 25 }, { recipients: 1 }]);
    expect(refusals[0]).toBeNull();
    expect(refusals[1]?.waitMs).toBeGreaterThan(15_900);
    expect(levels[0]).toBeCloseTo(-15, 1);
  });

  it('take of all policies or of none, and never hold more than ten seconds are worth', async () => {
    const server = await start();
    const tenant = randomUUID();
    const both = [recipients({ supposed: 50 }), bytes];
    const { refusals, levels } = await server.exchange(tenant, both, [
      { recipients: 1, bytes: 0.02 },
      { recipients: 1, bytes: 0.005 },
    ]);
    // Larger than the bucket, which is full; its debt is for the next.
    expect(refusals).toEqual([null, { policy: 'bytes', waitMs: expect.any(Number) }]);
    expect(levels[0]).toBeCloseTo(9, 1);
    const back = await server.exchange(tenant, [recipients({ taken: -100 })], []);
    expect(back.levels[0]).toBeCloseTo(10, 5);
  });

  it('are each tenant’s own', async () => {
    const server = await start();
    await server.exchange(randomUUID(), [recipients()], [{ recipients: 10 }]);
    const { refusals } = await server.exchange(randomUUID(), [recipients()], [{ recipients: 10 }]);
    expect(refusals).toEqual([null]);
  });
});

describe('nodes on Redis', () => {
  it('know how many they are, and how many of them serve the API', async () => {
    const prefix = randomUUID();
    const [api, other, delivery] = [open([redis.port], prefix), open([redis.port], prefix), open([redis.port], prefix, false)];
    for (const server of [api, other, delivery])
      await until('all nodes to be seen', () => server.nodes === 3 && server.apiNodes === 2);
    expect((await connected(open([redis.port]))).nodes).toBe(1);
    // One that stops says so; one that is killed counts for a minute.
    await other.close();
    await until('the node to be gone', () => api.nodes === 2 && api.apiNodes === 1);
  });

  it('know which tenants are to be reported, and count the connections of the others', async () => {
    const prefix = randomUUID();
    const [one, two] = [await connected(open([redis.port], prefix)), await connected(open([redis.port], prefix))];
    const tenant = randomUUID();
    const heard: string[] = [];
    one.watch({ mine: () => [tenant], heard() {} });
    two.watch({ mine: () => [], heard: (tenants) => heard.push(...tenants) });
    await until('the other node to hear of the tenant', () => heard.includes(tenant));
    expect(await one.report(tenant, 3)).toBe(0);
    expect(await two.report(tenant, 4)).toBe(3);
    expect(await one.report(tenant, 1)).toBe(4);
    expect(await two.report(tenant, 0)).toBe(1);
    expect(await two.report(randomUUID(), 0)).toBe(0);
  });

  it('forget a bucket once it is full, and what nobody reports', async () => {
    const prefix = randomUUID();
    const server = await connected(open([redis.port], prefix));
    const tenant = randomUUID();
    await server.exchange(tenant, [recipients({ supposed: 5 })], []);
    await server.report(tenant, 1);
    const [buckets = 0, connections = 0] = await onServer(redis.port, async (admin) => [
      await admin.pttl(`${prefix}:limits:{${tenant}}:buckets`),
      await admin.pttl(`${prefix}:limits:{${tenant}}:connections`),
    ]);
    expect(buckets).toBeGreaterThan(60_000);
    expect(buckets).toBeLessThanOrEqual(65_000);
    expect(connections).toBeGreaterThan(3000);
    expect(connections).toBeLessThanOrEqual(6000);
  });

  it('say that Redis is away, and find it again', async () => {
    const own = await startRedis();
    try {
      const server = await connected(open([own.port]));
      await own.kill();
      await until('the loss to be noticed', () => !server.usable);
      await expect(server.exchange(randomUUID(), [recipients()], [])).rejects.toThrow();
      await own.restart();
      await connected(server);
      expect((await server.exchange(randomUUID(), [recipients()], [{ recipients: 1 }])).refusals).toEqual([null]);
    } finally {
      await own.stop();
    }
  });

  it('wait for a Redis that hangs a moment only, and then ask it no more for a while', async () => {
    const own = await startRedis();
    try {
      const server = await connected(open([own.port]));
      own.pause();
      await expect(server.exchange(randomUUID(), [recipients()], [])).rejects.toThrow('no answer in time');
      expect(server.usable).toBe(false);
      own.resume();
      await connected(server);
    } finally {
      own.resume();
      await own.stop();
    }
  });
});
