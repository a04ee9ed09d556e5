import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { discoverTopology } from '../../src/redis/discover-topology.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { parseRedisUrls, type RedisServer } from '../../src/redis/redis-server.js';
import { onServer } from '../bus/cluster.js';
import { failSaves } from '../support/failing-saves.js';
import { freePort, startRedis, type TestRedis, until } from '../support/index.js';

let redis: TestRedis;
let server: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
  [server] = parseRedisUrls(redis.url, 'link') as [RedisServer];
});
afterAll(() => redis.stop());

it('is told once why it was lost, and not that it was closed', async () => {
  const reasons: string[] = [];
  const lost = await RedisLink.open(server, (reason) => reasons.push(reason));
  lost.lose('first');
  lost.lose('second');
  const closed = await RedisLink.open(server, (reason) => reasons.push(reason));
  closed.close();
  closed.lose('third');
  expect([reasons, lost.ended, closed.ended]).toEqual([['first'], true, true]);
});

it('that nothing is asked of notices a paused server by its pings', async () => {
  const reasons: string[] = [];
  await RedisLink.open(server, (reason) => reasons.push(reason));
  redis.pause();
  try {
    await until('the loss', () => reasons.length > 0, 5_000);
  } finally {
    redis.resume();
  }
  expect(reasons).toEqual(['no answer to a ping']);
});

it('goes on when the server was paused for a moment', async () => {
  const reasons: string[] = [];
  const link = await RedisLink.open(server, (reason) => reasons.push(reason));
  redis.pause();
  setTimeout(() => redis.resume(), 500);
  expect(await link.redis.ping()).toBe('PONG');
  expect(reasons).toEqual([]);
  link.close();
});

it('to a server that refuses pings lives on: a refusal is an answer', async () => {
  const reasons: string[] = [];
  const refusals = async () =>
    Number(
      /cmdstat_ping:.*rejected_calls=(\d+)/.exec(await onServer(redis.port, (admin) => admin.info('commandstats')))?.[1] ?? 0,
    );
  const link = await RedisLink.open(server, (reason) => reasons.push(reason));
  const mend = await failSaves(redis);
  try {
    await expect(link.redis.ping()).rejects.toThrow('MISCONF');
    const before = await refusals();
    await until('the link to be refused twice', async () => (await refusals()) >= before + 2);
    await link.ping();
    expect([reasons, link.ended]).toEqual([[], false]);
  } finally {
    await mend();
    link.close();
  }
});

it('is not opened with a wrong password, which the error does not repeat', async () => {
  const [refused] = parseRedisUrls(redis.url.replace('redis://', 'redis://user:hunter2@'), 'link') as [RedisServer];
  const error = await RedisLink.open(refused).catch((reason: Error) => reason);
  expect(String(error)).toMatch(/WRONGPASS/);
  expect(String(error)).not.toMatch(/hunter2/);
});

it('is to the database that its URL names, or is not opened', async () => {
  const [third, tooFar] = parseRedisUrls(`${redis.url}/3,${redis.url}/99`, 'link') as [RedisServer, RedisServer];
  const link = await RedisLink.open(third);
  expect(await link.redis.client('INFO')).toMatch(/ db=3 /);
  link.close();
  await expect(RedisLink.open(tooFar)).rejects.toThrow('DB index is out of range');
});

it('to a database other than 0 is refused by a cluster, and the reason says what to do', async () => {
  const cluster = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())] });
  try {
    const servers = parseRedisUrls(`${cluster.url}/3`, 'link');
    await expect(discoverTopology(servers)).rejects.toThrow(
      'a Redis cluster has database 0 only: take the number out of REDIS_URL',
    );
  } finally {
    await cluster.stop();
  }
});
