import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { placeOf } from '../../../src/core/domain/live/event-id.js';
import { isUuid } from '../../../src/core/domain/message-ids.js';
import { EVENTS_PER_PAGE, type EventStream, type StreamBounds } from '../../../src/core/ports/event-stream.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { MemoryEventStream } from '../../../src/live/streams/memory-event-stream.js';
import { RedisEventStream } from '../../../src/live/streams/redis-event-stream.js';
import { keepingLogger } from '../../api/support/api.js';
import { moveSlot, onServer, startCluster, type TestCluster } from '../../bus/cluster.js';
import { failSaves } from '../../support/failing-saves.js';
import { freePort, startRedis, type TestRedis, until } from '../../support/index.js';
import { newEvent } from '../support.js';

const BOUNDS: StreamBounds = { maxAgeMs: 120_000, maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 };

let redis: TestRedis;
let cluster: TestCluster;
let now = 1_900_000_000_000;
const clock = { now: () => now };
const opened: EventStream[] = [];

const openRedis = (bounds: StreamBounds, prefix: string = randomUUID(), ports: readonly number[] = [redis.port]) => {
  const stream = new RedisEventStream({
    url: ports.map((port) => `redis://127.0.0.1:${port}`).join(','),
    prefix,
    clock,
    bounds,
    logger: silentLogger,
  });
  opened.push(stream);
  return stream;
};

async function connected(stream: RedisEventStream): Promise<RedisEventStream> {
  await until('the stream to be connected', async () => stream.available);
  return stream;
}

beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis(), startCluster()]);
}, 60_000);
afterEach(async () => {
  for (const stream of opened.splice(0)) await stream.close();
});
afterAll(async () => {
  await cluster.stop();
  await redis.stop();
});

const implementations: Array<[string, (bounds?: StreamBounds) => Promise<EventStream>]> = [
  ['in memory', async (bounds = BOUNDS) => new MemoryEventStream(clock, bounds)],
  ['on Redis', async (bounds = BOUNDS) => connected(openRedis(bounds))],
  [
    'on a Redis Cluster',
    async (bounds = BOUNDS) =>
      connected(
        openRedis(
          bounds,
          randomUUID(),
          cluster.nodes.map(({ port }) => port),
        ),
      ),
  ],
];

const numbered = (count: number, topic = 'a:1') => Array.from({ length: count }, (_, n) => newEvent({ topic, data: { n } }));

describe.each(implementations)('the stream of events %s', (_, open) => {
  const tenant = () => randomUUID();

  it('gives events back as they were published, with ids of version 7 in order', async () => {
    const stream = await open();
    const of = tenant();
    const [first] = await stream.append(of, [newEvent({ topic: 'x' })]);
    const event = newEvent({
      topic: 'file:1',
      type: 'wörd "x"',
      name: 'näme\n',
      data: { n: 1.5, deep: { list: [null, true, '😀'] }, empty: {}, none: [] },
      previous: { a: [] },
      changed: [],
      parent: 'folder:2',
      sender: 'ann',
      flows: true,
    });
    const [appended, last] = await stream.append(of, [event, newEvent({ topic: 'y' })]);
    expect(appended?.event).toMatchObject(event);
    const after = await stream.after(of, first?.event.id as string);
    expect(after).toEqual({
      recovered: true,
      more: false,
      events: [appended?.event, last?.event],
      bytes: expect.any(Number),
      run: appended?.run,
    });
    const ids = [first, appended, last].map((one) => one?.event.id as string);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) {
      expect(isUuid(id) && id[14] === '7').toBe(true);
      expect(placeOf(id)?.ms).toBe(now);
    }
    expect(appended?.event.createdAt).toBe(now);
  });

  it('names the predecessor in each part', async () => {
    const stream = await open();
    const of = tenant();
    const [a, b, c] = await stream.append(of, [
      newEvent({ topic: 'A:1' }),
      newEvent({ topic: 'b:1', parent: 'a:2' }),
      newEvent({ topic: 'b:2' }),
    ]);
    const [d] = await stream.append(of, [newEvent({ topic: 'a:1' })]);
    const id = (one: typeof a) => one?.event.id as string;
    expect([...(a?.previous ?? [])]).toEqual([
      ['*', null],
      ['a', null],
    ]);
    expect([...(b?.previous ?? [])]).toEqual([
      ['*', id(a)],
      ['b', null],
      ['a', id(a)],
    ]);
    expect([...(c?.previous ?? [])]).toEqual([
      ['*', id(b)],
      ['b', id(b)],
    ]);
    expect([...(d?.previous ?? [])]).toEqual([
      ['*', id(c)],
      ['a', id(b)],
    ]);
    expect((await stream.heads(of, ['*', 'a', 'b', 'z'])).ids).toEqual([id(d), id(d), id(c), null]);
    expect((await stream.heads(of, ['b', '*'])).ids).toEqual([id(c), id(d)]);
    expect((await stream.heads(tenant(), ['*', 'a'])).ids).toEqual([null, null]);
  });

  it('keeps one order however many append at once', async () => {
    const stream = await open();
    const of = tenant();
    const appended = (await Promise.all(Array.from({ length: 20 }, () => stream.append(of, numbered(20))))).flat();
    const byId = new Map(appended.map((one) => [one.event.id, one.previous.get('*')]));
    expect(byId.size).toBe(400);
    const ids = [...byId.keys()].sort();
    for (const [i, id] of ids.entries()) expect(byId.get(id)).toBe(ids[i - 1] ?? null);
    const found: string[] = [];
    for (let more = true, after: string | null = null; more; ) {
      const page = await stream.after(of, after);
      expect(page.recovered).toBe(true);
      expect(page.events.length).toBeLessThanOrEqual(EVENTS_PER_PAGE);
      found.push(...page.events.map((event) => event.id));
      after = found.at(-1) as string;
      more = page.more;
    }
    expect(found).toEqual(ids);
  });

  it('ends a page after 256 KiB, but for one event that is longer', async () => {
    const stream = await open();
    const of = tenant();
    const sizes = [100, 100, 100, 300, 1];
    const appended = await stream.append(
      of,
      sizes.map((kib) => newEvent({ topic: 'a', data: { text: 'x'.repeat(1024 * kib) } })),
    );
    const pages: number[] = [];
    for (let more = true, after: string | null = null; more; ) {
      const page = await stream.after(of, after);
      pages.push(page.events.length);
      expect(page.bytes).toBeGreaterThanOrEqual(1024 * page.events.length);
      after = page.events.at(-1)?.id as string;
      more = page.more;
    }
    expect(pages).toEqual([2, 1, 1, 1]);
    expect(appended).toHaveLength(5);
  });

  it('goes on in order when the clock goes back', async () => {
    const stream = await open();
    const of = tenant();
    const [first] = await stream.append(of, numbered(1));
    now -= 60_000;
    const [second] = await stream.append(of, numbered(1));
    now += 60_000;
    expect((second?.event.id ?? '') > (first?.event.id ?? 'z')).toBe(true);
  });

  it('recovers nothing after what it never had', async () => {
    const stream = await open();
    const of = tenant();
    for (const id of ['nonsense', '', '0198c0de-0000-7000-8000-000000000000', randomUUID()]) {
      expect(await stream.after(of, id)).toEqual({
        recovered: false,
        events: [],
        bytes: 0,
        more: false,
        run: expect.any(String),
      });
    }
    expect(await stream.after(of, null)).toEqual({ recovered: true, events: [], bytes: 0, more: false, run: expect.any(String) });
    const [first] = await stream.append(of, numbered(3));
    const id = first?.event.id as string;
    for (const wrong of ['nonsense', '', randomUUID(), `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`]) {
      expect((await stream.after(of, wrong)).recovered).toBe(false);
    }
    expect((await stream.after(tenant(), id)).recovered).toBe(false);
    expect((await stream.after(of, null)).events).toHaveLength(3);
  });

  it('forgets what is too much or too big or too old, and says so', async () => {
    for (const bounds of [
      { ...BOUNDS, maxEvents: 5 },
      { ...BOUNDS, maxBytes: 5 * JSON.stringify(newEvent({ topic: 'a:1', data: { n: 1 } })).length + 100 },
    ]) {
      const stream = await open(bounds);
      const of = tenant();
      const ids = (await stream.append(of, numbered(9))).map(({ event }) => event.id);
      expect(await stream.after(of, null)).toMatchObject({ recovered: false });
      expect(await stream.after(of, ids[0] as string)).toMatchObject({ recovered: false });
      const kept = await Promise.all(ids.map((id) => stream.after(of, id)));
      const from = kept.findIndex(({ recovered }) => recovered);
      expect(from).toBeGreaterThan(0);
      expect(from).toBeLessThan(8);
      // After the latest that was forgotten nothing is missing yet.
      for (const [i, page] of kept.entries()) {
        if (i >= from) expect(page.events.map((event) => event.id)).toEqual(ids.slice(i + 1));
        else expect(page.recovered).toBe(false);
      }
    }
    const stream = await open();
    const of = tenant();
    const [old] = await stream.append(of, numbered(1));
    now += 60_000;
    const [middle] = await stream.append(of, numbered(1));
    now += 61_000;
    const [young] = await stream.append(of, numbered(1));
    now += 120_000;
    await stream.append(of, numbered(1));
    expect((await stream.after(of, old?.event.id as string)).recovered).toBe(false);
    expect((await stream.after(of, middle?.event.id as string)).events).toHaveLength(2);
    expect((await stream.after(of, young?.event.id as string)).events).toHaveLength(1);
  });

  it('knows after a long silence that nothing came after the latest event', async () => {
    const stream = await open();
    const of = tenant();
    const [, last] = await stream.append(of, numbered(2));
    now += 600_000;
    expect(await stream.after(of, last?.event.id as string)).toEqual({
      recovered: true,
      events: [],
      bytes: 0,
      more: false,
      run: expect.any(String),
    });
  });
});

describe('the stream on a server of a cluster', () => {
  it('does not recover after the server came back, though it kept what it had: its end may be missing', async () => {
    const whole = await startCluster({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    try {
      const ports = whole.nodes.map(({ port }) => port);
      const stream = await connected(openRedis(BOUNDS, randomUUID(), ports));
      const of = randomUUID();
      const [first, last] = await stream.append(of, numbered(2));
      const before = await stream.heads(of, ['*', 'a']);
      expect(before.ids).toEqual([last?.event.id, last?.event.id]);
      for (const node of whole.nodes) {
        await node.kill();
        await node.restart();
      }
      await until('the cluster to answer', async () => (await stream.heads(of, ['*']).catch(() => null)) !== null, 20_000);
      const after = await stream.after(of, first?.event.id as string);
      expect(after).toMatchObject({ recovered: false, events: [] });
      expect(after.run).not.toBe(before.run);
      expect((await stream.heads(of, ['*', 'a'])).ids).toEqual([null, null]);
      const [next] = await stream.append(of, numbered(1));
      expect(next).toMatchObject({ run: after.run });
      expect((await stream.after(of, null)).events).toEqual([next?.event]);
    } finally {
      await whole.stop();
    }
  }, 60_000);
});

describe('the stream on a cluster whose slots move', () => {
  it('follows a tenant to another server, and no call fails', async () => {
    const prefix = randomUUID();
    const ports = cluster.nodes.map(({ port }) => port);
    const stream = await connected(openRedis(BOUNDS, prefix, ports));
    for (let round = 0; round < 3; round++) {
      const of = randomUUID();
      expect((await stream.heads(of, ['*'])).ids).toEqual([null]);
      await moveSlot(cluster.nodes, `${prefix}:live:{${of}}:events`);
      const [[first], { recovered }] = await Promise.all([stream.append(of, numbered(1)), stream.after(randomUUID(), null)]);
      expect(recovered).toBe(true);
      expect((await stream.after(of, null)).events).toEqual([first?.event]);
    }
  });
});

describe('the stream on a primary of a cluster that dies and has a replica', () => {
  it('goes on there, and recovers nothing of before', async () => {
    const whole = await startCluster({ args: ['--cluster-node-timeout', '1000'] });
    try {
      const [dying] = whole.nodes as [TestRedis];
      await whole.replicate(dying);
      const stream = await connected(
        openRedis(
          BOUNDS,
          randomUUID(),
          whole.nodes.map(({ port }) => port),
        ),
      );
      const tenants = Array.from({ length: 12 }, () => randomUUID());
      const before = await Promise.all(tenants.map((of) => stream.append(of, numbered(1))));
      await dying.kill();
      await until('the stream to notice', () => !stream.available);
      await connected(stream);
      let moved = 0;
      for (const [i, of] of tenants.entries()) {
        const [first] = before[i] ?? [];
        await until('the tenant to be served', async () => (await stream.heads(of, ['*']).catch(() => null)) !== null);
        const [next] = await stream.append(of, numbered(1));
        const stayed = next?.run === first?.run;
        if (!stayed) moved++;
        expect(next?.previous.get('*')).toBe(stayed ? first?.event.id : null);
        expect((await stream.after(of, first?.event.id as string)).recovered).toBe(stayed);
      }
      expect(moved).toBeGreaterThan(0);
      expect(moved).toBeLessThan(tenants.length);
    } finally {
      await whole.stop();
    }
  }, 60_000);
});

describe('the stream on a cluster that is not whole yet', () => {
  it('is there once the cluster is, and has kept nothing of its attempts', async () => {
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1'];
    const member = await startRedis({ args });
    const ask = (...words: [string, ...string[]]) => onServer(member.port, async (admin) => String(await admin.call(...words)));
    const received = async () => Number(/total_connections_received:(\d+)/.exec(await ask('INFO', 'stats'))?.[1]);
    const isTried = async () => {
      const before = await received();
      // Those of the question itself are among them.
      let asked = 0;
      await until('some attempts', async () => (await received()) - ++asked > before + 10);
    };
    try {
      const stream = openRedis(BOUNDS, randomUUID(), [member.port]);
      await isTried();
      await ask('CLUSTER', 'ADDSLOTSRANGE', '0', '100');
      await isTried();
      await ask('CLUSTER', 'ADDSLOTSRANGE', '101', '16383');
      await connected(stream);
      expect(await stream.append(randomUUID(), numbered(1))).toHaveLength(1);
      await until('few connections', async () => (await ask('CLIENT', 'LIST')).split('name=tidings-live').length <= 4);
    } finally {
      await member.stop();
    }
  }, 60_000);
});

describe('the stream on a Redis that goes away', () => {
  const of = randomUUID();

  it('refuses soon while Redis is away, publishes nothing, and does not recover after it lost its memory', async () => {
    const prefix = randomUUID();
    const stream = await connected(openRedis(BOUNDS, prefix));
    const [known] = await stream.append(of, numbered(1));
    await redis.kill();
    await expect(stream.append(of, numbered(1))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(stream.after(of, null)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(stream.heads(of, ['*'])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await redis.restart();
    await connected(stream);
    expect(await stream.after(of, known?.event.id as string)).toEqual({
      recovered: false,
      events: [],
      bytes: 0,
      more: false,
      run: expect.any(String),
    });
    expect((await stream.heads(of, ['*', 'a'])).ids).toEqual([null, null]);
    const [next] = await stream.append(of, numbered(1));
    expect(next?.previous.get('*')).toBeNull();
    expect((await stream.after(of, known?.event.id as string)).recovered).toBe(false);
    expect((await stream.after(of, null)).events).toHaveLength(1);
  });

  it('publishes an event once whose answer was lost with the connection', async () => {
    const admin = new Redis(redis.port, '127.0.0.1');
    const stream = await connected(openRedis(BOUNDS));
    const tenant = randomUUID();
    const [first] = await stream.append(tenant, numbered(1));
    const appended: string[] = [];
    for (let round = 0; round < 20; round++) {
      const appending = stream.append(tenant, numbered(1));
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      const [one] = await appending;
      appended.push(one?.event.id as string);
    }
    admin.disconnect();
    // The last kill may come after the last answer, and take a read with it.
    let ids: string[] | null = null;
    await until('the stream to be read', async () => {
      ids = await stream.after(tenant, first?.event.id as string).then(
        ({ events }) => events.map(({ id }) => id),
        () => null,
      );
      return ids !== null;
    });
    expect(ids).toEqual(appended);
  });

  it('starts without Redis and is there when Redis is', async () => {
    await redis.kill();
    const stream = openRedis(BOUNDS);
    await expect(stream.append(of, numbered(1))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await redis.restart();
    await connected(stream);
    expect(await stream.append(of, numbered(1))).toHaveLength(1);
  });

  it('lets a paused Redis publish nothing later of what was refused', async () => {
    const stream = await connected(openRedis(BOUNDS));
    const tenant = randomUUID();
    const [first] = await stream.append(tenant, numbered(1));
    redis.pause();
    try {
      await expect(stream.append(tenant, numbered(1))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    } finally {
      redis.resume();
    }
    await until('the stream to be connected again', async () => stream.available);
    expect((await stream.after(tenant, first?.event.id as string)).events).toEqual([]);
  });
});

describe('the stream on a Redis that answers and refuses', () => {
  const of = randomUUID();
  const refused = { code: 'SERVICE_UNAVAILABLE', details: { outcome: 'NOT_ACCEPTED' } };

  it('is unavailable while its user may only publish and subscribe, and there once it has its rights', async () => {
    const RIGHTS = '+client|setname +ping +info +time +publish +subscribe +unsubscribe';
    const setUser = (...words: string[]) => onServer(redis.port, (admin) => admin.call('ACL', 'SETUSER', 'narrow', ...words));
    await setUser('on', '>p', '~narrow:*', '&narrow:*', '-@all', ...RIGHTS.split(' '));
    const logger = keepingLogger();
    const url = `redis://narrow:p@127.0.0.1:${redis.port}`;
    const stream = new RedisEventStream({ url, prefix: 'narrow', clock, bounds: BOUNDS, logger });
    opened.push(stream);
    await until('the refusal to be told', () => logger.lines.length > 0);
    for (let i = 0; i < 3; i++) await expect(stream.append(of, numbered(1))).rejects.toMatchObject(refused);
    expect(stream.available).toBe(false);
    expect(logger.lines.map(({ message }) => message)).toEqual(['Redis refuses live events']);
    await setUser('+@all');
    await connected(stream);
    expect(await stream.append(of, numbered(1))).toHaveLength(1);
  });

  it('keeps its connection while the disk is full, and is unavailable until it is not', async () => {
    const stream = await connected(openRedis(BOUNDS));
    await stream.append(of, numbered(1));
    const clients = () => onServer(redis.port, (admin) => admin.client('LIST') as Promise<string>);
    const linkOf = (list: string) => /^id=(\d+) .*name=tidings-live\b.*/m.exec(list)?.[1];
    const before = linkOf(await clients());
    const mend = await failSaves(redis);
    try {
      await expect(stream.append(of, numbered(1))).rejects.toMatchObject(refused);
      expect(stream.available).toBe(false);
      expect((await stream.after(of, null)).events).toHaveLength(1);
    } finally {
      await mend();
    }
    await connected(stream);
    expect(await stream.append(of, numbered(1))).toHaveLength(1);
    expect([before, linkOf(await clients())]).toEqual([expect.any(String), before]);
  });

  it('says so of a server of a cluster', async () => {
    const [node] = cluster.nodes as [TestRedis];
    const stream = await connected(
      openRedis(
        BOUNDS,
        randomUUID(),
        cluster.nodes.map(({ port }) => port),
      ),
    );
    const mend = await failSaves(node);
    try {
      await until('an event to be refused', () =>
        stream.append(randomUUID(), numbered(1)).then(
          () => false,
          () => true,
        ),
      );
      expect(stream.available).toBe(false);
    } finally {
      await mend();
    }
    await connected(stream);
  });
});
