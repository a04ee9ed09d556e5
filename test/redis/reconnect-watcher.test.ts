import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { ReconnectWatcher } from '../../src/redis/reconnect-watcher.js';
import { parseRedisUrls, type RedisServer } from '../../src/redis/redis-server.js';
import { Topology } from '../../src/redis/topology.js';

/** A watcher whose time and servers the test turns. Every delay is the longest that chance allows. */
function watcher(urls = 'redis://a', found: (seeds: readonly RedisServer[]) => Topology = ([first]) => Topology.single(first!)) {
  const seeds = parseRedisUrls(urls, 'test');
  const state = { now: 0, whole: true, fails: false };
  const asked: string[][] = [];
  const log: string[] = [];
  let timer: { at: number; run: () => void } | null = null;
  const timers = {
    now: () => state.now,
    random: () => 1,
    after: (ms: number, run: () => void) => {
      const own = { at: state.now + ms, run };
      timer = own;
      return () => {
        if (timer === own) timer = null;
      };
    },
  };
  const one = new ReconnectWatcher(
    {
      seeds,
      retry: { firstMs: 25, lastMs: 100 },
      follow: async () => {},
      isWhole: () => state.whole,
      onTrouble: (reason, server) => log.push(`${server}: ${reason}`),
      onRecovered: () => log.push('recovered'),
    },
    timers,
    async (servers) => {
      asked.push(servers.map(({ key }) => key));
      if (state.fails) throw new Error('nobody answers');
      return found(servers);
    },
  );
  /** Turns the time to the next look, and tells how long that took; null if there is none. */
  const next = async () => {
    if (timer === null) return null;
    const { at, run } = timer;
    const ms = at - state.now;
    state.now = at;
    timer = null;
    run();
    await turn();
    return ms;
  };
  const look = async () => {
    one.look();
    await turn();
  };
  return { one, state, asked, log, next, look };
}

test('one server that is connected is not looked at again until it is lost', async () => {
  const { one, asked, log, next, look } = watcher();
  await look();
  expect(await next()).toBeNull();
  one.lost('closed', 'a:6379');
  expect(await next()).toBe(25);
  expect(asked).toEqual([['a:6379'], ['a:6379']]);
  expect(log).toEqual(['a:6379: closed', 'recovered']);
});

test('while nobody answers it looks again and again, ever more seldom, and says so once', async () => {
  const { state, log, next, look } = watcher('redis://a,redis://b');
  state.whole = false;
  state.fails = true;
  await look();
  expect([await next(), await next(), await next(), await next()]).toEqual([25, 50, 100, 100]);
  expect(log).toEqual(['a:6379, b:6379: nobody answers']);
  state.whole = true;
  state.fails = false;
  await next();
  expect(log.at(-1)).toBe('recovered');
});

test('the retry after a connection that lasted is quick again, after one that broke at once it is not', async () => {
  const { one, state, next, look } = watcher();
  await look();
  const delays: Array<number | null> = [];
  for (const lastedMs of [0, 0, 0, 1001]) {
    state.now += lastedMs;
    one.lost('closed', 'a:6379');
    delays.push(await next());
  }
  expect(delays).toEqual([25, 50, 100, 25]);
});

test('a connection that breaks as soon as it is made is told once a minute, and one that lasted each time', async () => {
  const { one, state, log, next, look } = watcher();
  await look();
  for (let n = 0; n < 1_000; n++) {
    one.lost('no right to subscribe', 'a:6379');
    await next();
  }
  // Ten times a second for 100 s.
  expect(log).toEqual(Array.from({ length: 2 }, () => ['a:6379: no right to subscribe', 'recovered']).flat());
  for (let n = 0; n < 3; n++) {
    state.now += 2_000;
    one.lost('no right to subscribe', 'a:6379');
    await next();
  }
  expect(log).toHaveLength(4 + 6);
});

test('losses while it waits bring no other look forward, and one while it looks makes it look again', async () => {
  const { one, asked, next, look } = watcher();
  await look();
  one.lost('closed', 'a:6379');
  one.lost('closed', 'a:6379');
  expect(await next()).toBe(25);
  expect(await next()).toBeNull();
  one.look();
  one.lost('closed', 'a:6379');
  await turn();
  expect(await next()).not.toBeNull();
  expect(asked).toHaveLength(4);
});

test('the order of several servers, and a cluster, are looked at now and then', async () => {
  for (const { next, look } of [watcher('redis://a,redis://b'), watcher('redis://a', ([first]) => Topology.cluster([first]))]) {
    await look();
    expect(await next()).toBe(15_000);
    expect(await next()).toBe(15_000);
  }
});

test('a cluster is asked for by its members, too, but never by more than eight', async () => {
  const members = parseRedisUrls(Array.from({ length: 20 }, (_, i) => `redis://m${i}`).join(','), 'test');
  const { asked, next, look } = watcher('redis://a', () => Topology.cluster(members));
  await look();
  await next();
  expect(asked[1]).toEqual(['a:6379', ...members.slice(0, 8).map(({ key }) => key)]);
});

test('once closed it looks no more, and says nothing', async () => {
  const { one, asked, log, next, look } = watcher('redis://a,redis://b');
  await look();
  one.close();
  one.lost('closed', 'a:6379');
  await look();
  expect(await next()).toBeNull();
  expect([asked.length, log]).toEqual([1, []]);
});
