import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRedisBus, type RedisBus } from '../../src/bus/redis-bus.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { type Channel, EVENT_VERSION, type MessageBus, recipientChannel } from '../../src/core/ports/message-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { Inbox, textEvent } from '../contract/message-bus.js';
import { cleanUp, TENANT as NODE_TENANT, startNode } from '../delivery/support/node.js';
import { failSaves } from '../support/failing-saves.js';
import { freePort, startRedis, type TestRedis, until } from '../support/index.js';
import { moveSlot, onServer, startCluster } from './cluster.js';

const TENANT = '018f3f6e-0000-7000-8000-000000000001';
const channel = recipientChannel(TENANT, 'alice');

const open = new Set<MessageBus>();
afterEach(async () => {
  await Promise.all([...open].map((bus) => bus.close()));
  open.clear();
});

/** Counts as the bus does. */
const counts = { gaps: 0, published: 0, received: 0 };
const count = (name: keyof typeof counts) => ({
  inc: (by = 1) => {
    counts[name] += by;
  },
});
const metrics = {
  ...noMetrics,
  busGaps: count('gaps'),
  busEventsPublished: count('published'),
  busEventsReceived: count('received'),
};

function connect(url: string, prefix = 'test'): RedisBus {
  const bus = createRedisBus({ url, prefix, metrics, logger: silentLogger });
  open.add(bus);
  return bus;
}

const available = (...buses: RedisBus[]) => until('the bus to be connected', () => buses.every((bus) => bus.available));
const unavailable = (bus: RedisBus) => until('the bus to notice that Redis is away', () => !bus.available);

/** Asks a server how often it ran a command, or refused to. */
const callsOf = async (redis: TestRedis, command: string, what: 'calls' | 'rejected_calls' = 'calls') => {
  const stats = await onServer(redis.port, (admin) => admin.info('commandstats'));
  return Number(new RegExp(`cmdstat_${command}:.*\\b${what}=(\\d+)`).exec(stats)?.[1] ?? 0);
};
const send = (bus: MessageBus, ...texts: string[]) => bus.publish(texts.map((text) => ({ channel, event: textEvent(text) })));

/** Resolves with the next gap. */
const nextGap = (bus: MessageBus) =>
  new Promise<void>((resolve) => {
    const remove = bus.onGap(() => {
      remove();
      resolve();
    });
  });

/** Publishes until something arrives: nothing that was sent before the gap is promised to. */
async function flowsAgain(publisher: RedisBus, inbox: Inbox): Promise<void> {
  await available(publisher);
  const text = `after ${inbox.texts.length}`;
  await until('an event after the fault', async () => {
    await send(publisher, text);
    return inbox.texts.includes(text);
  });
}

describe('the bus on one Redis', () => {
  let redis: TestRedis;
  let publisher: RedisBus;
  let subscriber: RedisBus;
  let inbox: Inbox;

  beforeEach(async () => {
    redis = await startRedis();
    publisher = connect(redis.url);
    subscriber = connect(redis.url);
    inbox = new Inbox();
    await available(publisher, subscriber);
    await subscriber.subscribe(channel, inbox.handler);
  });
  afterEach(() => redis.stop());

  it('stays connected to a server that cannot save, and delivers over it', async () => {
    const connections = async () =>
      /total_connections_received:(\d+)/.exec(await onServer(redis.port, (admin) => admin.info('stats')))?.[1];
    const mend = await failSaves(redis);
    try {
      // As each of these looks at the server by a connection of its own.
      const before = Number(await connections());
      const refused = await callsOf(redis, 'ping', 'rejected_calls');
      let looks = 2;
      await until('pings to be refused', async () => {
        looks++;
        return (await callsOf(redis, 'ping', 'rejected_calls')) >= refused + 8;
      });
      expect(Number(await connections()) - before).toBe(looks);
      await send(publisher, 'while the disk is full');
      await inbox.until(1);
      // A channel that is new, and all of a connection that is new, are subscribed as ever.
      const late = connect(redis.url);
      const other = new Inbox();
      await available(late);
      await late.subscribe(channel, other.handler);
      await send(publisher, 'to both');
      await Promise.all([inbox.until(2), other.until(1)]);
      expect([publisher.available, subscriber.available, late.available]).toEqual([true, true, true]);
    } finally {
      await mend();
    }
  });

  it('is unavailable while its user may not publish, and there once it may', async () => {
    const setUser = (...words: string[]) => onServer(redis.port, (admin) => admin.call('ACL', 'SETUSER', 'reader', ...words));
    await setUser('on', '>p', '~*', '&*', '+@all', '-publish');
    const bus = connect(`redis://reader:p@127.0.0.1:${redis.port}`);
    await available(bus);
    await send(bus, 'refused');
    expect(bus.available).toBe(false);
    await setUser('+publish');
    await send(bus, 'taken');
    expect(bus.available).toBe(true);
    await inbox.until(1);
    expect(inbox.texts).toEqual(['taken']);
  });

  it('announces a gap, and only once it is subscribed again, after Redis was killed and restarted', async () => {
    const others = await Promise.all(
      Array.from({ length: 2500 }, async (_, i) => {
        const other = new Inbox();
        await subscriber.subscribe(recipientChannel(TENANT, `other ${i}`), other.handler);
        return other;
      }),
    );
    const gap = nextGap(subscriber);
    await redis.kill();
    await unavailable(subscriber);
    await send(publisher, 'while Redis was away');
    await redis.restart();
    await gap;
    await available(publisher);
    await publisher.publish(
      others.map((_, i) => ({ channel: recipientChannel(TENANT, `other ${i}`), event: textEvent(`${i}`) })),
    );
    await Promise.all(others.map((other) => other.until(1)));
    await flowsAgain(publisher, inbox);
    expect(others.map((other) => other.texts)).toEqual(others.map((_, i) => [`${i}`]));
  });

  it('announces a gap each time that the connections of subscribers are cut', async () => {
    for (let round = 0; round < 5; round++) {
      const gap = nextGap(subscriber);
      await onServer(redis.port, (admin) => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
      await gap;
      await send(publisher, `round ${round}`);
      await inbox.until(round + 1);
    }
    expect(inbox.texts).toEqual([0, 1, 2, 3, 4].map((round) => `round ${round}`));
  });

  it('goes on after the connections of publishers are cut', async () => {
    await onServer(redis.port, (admin) => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    await unavailable(publisher);
    await flowsAgain(publisher, inbox);
  });

  it('says that answers are incomplete while Redis is away or paused, and shortly after', async () => {
    const question = { messages: [] };
    const ask = async () => (await publisher.ask([{ channel, question }]))[0];
    const answer = { connections: [] };
    const answering = await subscriber.subscribe(channel, (event) => {
      if (event.type !== 'question') return;
      void subscriber.publish([{ channel: event.replyTo, event: { type: 'answer', id: event.id, answer } }]);
    });
    expect(await ask()).toEqual({ answers: [answer], complete: true });
    redis.pause();
    expect(await ask()).toEqual({ answers: [], complete: false });
    redis.resume();
    await until('a complete answer', async () => (await ask())?.complete === true);
    await redis.kill();
    await unavailable(publisher);
    expect(await ask()).toEqual({ answers: [], complete: false });
    await redis.restart();
    await available(publisher);
    expect((await ask())?.complete).toBe(false);
    await until('a complete answer again', async () => (await ask())?.complete === true);
    expect(await ask()).toEqual({ answers: [answer], complete: true });
    answering.close();
    await until('nobody to be asked', async () => (await ask())?.answers.length === 0);
  });

  it('does not hold a publisher up while Redis is paused, notices it, and announces a gap when Redis is back', async () => {
    let gaps = 0;
    subscriber.onGap(() => gaps++);
    // Each connection notices for itself: a pause that ends before the subscribing one did is none for it,
    // and then comes another.
    await until('a gap', async () => {
      redis.pause();
      for (let i = 0; i < 200; i++) await send(publisher, `paused ${i}`);
      await unavailable(subscriber);
      await unavailable(publisher);
      for (let i = 0; i < 1000; i++) await send(publisher, `away ${i}`);
      redis.resume();
      await available(subscriber);
      await flowsAgain(publisher, inbox);
      return gaps > 0;
    });
  });

  it('sends what was published shortly before Redis was reached', async () => {
    const late = connect(redis.url);
    await send(late, 'early 1', 'early 2');
    await inbox.until(2);
    expect(inbox.texts).toEqual(['early 1', 'early 2']);
  });

  it.each([
    ['another version', JSON.stringify([EVENT_VERSION + 1, { type: 'message' }])],
    ['no version', '[]'],
    ['an object', '{"type":"pending"}'],
    ['no JSON', 'PENDING'],
    ['nothing', ''],
    ['an event without a type', JSON.stringify([EVENT_VERSION, { type: 'pending' }, { id: 'x' }])],
    ['null', JSON.stringify([EVENT_VERSION, null])],
  ])('counts %s as a lost event', async (_, payload) => {
    const gap = nextGap(subscriber);
    await onServer(redis.port, (admin) => admin.publish(`test:${channel}`, payload));
    await gap;
    expect(inbox.events).toEqual([]);
    await send(publisher, 'good');
    await inbox.until(1);
  });

  it('announces few gaps for a flood of events that it cannot read', async () => {
    counts.gaps = 0;
    await onServer(redis.port, async (admin) => {
      for (let i = 0; i < 500; i++) await admin.publish(`test:${channel}`, 'of another version');
    });
    await send(publisher, 'good');
    await inbox.until(1);
    expect(counts.gaps).toBeGreaterThan(0);
    expect(counts.gaps).toBeLessThan(20);
  });

  it('keeps installations with different prefixes apart', async () => {
    const stranger = connect(redis.url, 'another');
    const heard = new Inbox();
    await stranger.subscribe(channel, heard.handler);
    await send(publisher, 'ours');
    await send(stranger, 'theirs');
    await Promise.all([inbox.until(1), heard.until(1)]);
    expect([inbox.texts, heard.texts]).toEqual([['ours'], ['theirs']]);
  });

  it('subscribes a burst of channels, and publishes one of events, in few commands', async () => {
    const [subscribedBefore, publishedBefore] = [await callsOf(redis, 'subscribe'), await callsOf(redis, 'publish')];
    const burst = Array.from({ length: 5000 }, (_, i) => recipientChannel(TENANT, `burst ${i}`));
    const subscriptions = await Promise.all(burst.map((one) => subscriber.subscribe(one, () => {})));
    counts.published = 0;
    await Promise.all(Array.from({ length: 100 }, (_, i) => send(publisher, `${i}`)));
    await inbox.until(100);
    for (const subscription of subscriptions) subscription.close();
    await send(publisher, 'end');
    await inbox.until(101);
    expect((await callsOf(redis, 'subscribe')) - subscribedBefore).toBeLessThanOrEqual(5);
    expect(await callsOf(redis, 'unsubscribe')).toBeLessThanOrEqual(5);
    expect((await callsOf(redis, 'publish')) - publishedBefore).toBe(2);
    expect(counts.published).toBe(101);
  });

  it.each(['may run scripts', 'may not'])(
    'takes the events of a push to thousands in order from a user who %s',
    async (rights) => {
      const user = `publisher-${rights.length}`;
      const scripting = rights === 'may not' ? '-@scripting' : '+@scripting';
      await onServer(redis.port, (admin) => admin.call('ACL', 'SETUSER', user, 'on', '>pw', '~*', '&*', '+@all', scripting));
      const many = connect(redis.url.replace('redis://', `redis://${user}:pw@`));
      await many.subscribe(recipientChannel(TENANT, 'ready'), () => {});
      const next = recipientChannel(TENANT, 'next');
      await subscriber.subscribe(next, inbox.handler);
      await many.publish([
        { channel: recipientChannel(TENANT, 'ready'), event: textEvent('answered behind the question for the right') },
      ]);
      const texts = Array.from({ length: 3_000 }, (_, i) => `${i}`);
      await many.publish(texts.map((text, i) => ({ channel: i % 2 === 0 ? channel : next, event: textEvent(text) })));
      await inbox.until(3_000);
      expect(inbox.texts).toEqual(texts);
      // Each of the three connections asks once for the right; what is refused is never something that
      // carries events.
      expect(await callsOf(redis, 'eval', 'rejected_calls')).toBe(rights === 'may not' ? 1 : 0);
      if (rights === 'may not') expect(await callsOf(redis, 'eval')).toBe(2);
      else expect(await callsOf(redis, 'eval')).toBeGreaterThan(3);
      await many.close();
    },
  );

  it('sends what the messages of a push to many share once for many of them', async () => {
    const text = 'x'.repeat(2_000);
    const received = async () => {
      const stats = await onServer(redis.port, (admin) => admin.info('stats'));
      return Number(/total_net_input_bytes:(\d+)/.exec(stats)?.[1]);
    };
    await send(publisher, 'answered behind the question for the right');
    const before = await received();
    const ids = Array.from({ length: 1_000 }, (_, i) => `01920000-0000-7000-8000-${String(i).padStart(12, '0')}`);
    await publisher.publish(
      ids.map((id, i) => {
        const message = { id, message: text, topic: null, createdAt: 1_700_000_000_000, expiresAt: null, globalMessageId: null };
        return { channel: i === 999 ? channel : recipientChannel(TENANT, `recipient ${i}`), event: { type: 'message', message } };
      }),
    );
    await inbox.until(2);
    expect(inbox.texts[1]).toBe(text);
    expect((await received()) - before).toBeLessThan((1_000 * text.length) / 4);
  });

  it('counts an event once, however many handlers it has, and a gap once, however many listeners', async () => {
    for (let i = 0; i < 3; i++) {
      await subscriber.subscribe(channel, () => {});
      subscriber.onGap(() => {});
    }
    counts.received = 0;
    await send(publisher, 'a', 'b', 'c');
    await inbox.until(3);
    expect(counts.received).toBe(3);
    counts.gaps = 0;
    const gap = nextGap(subscriber);
    await onServer(redis.port, (admin) => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    await gap;
    // The publisher has a subscribing connection as well, without a channel, which is none.
    expect(counts.gaps).toBe(1);
  });

  it('listens on Redis only to the channels that it is subscribed to', async () => {
    const others = await Promise.all([1, 2, 3].map((i) => subscriber.subscribe(recipientChannel(TENANT, `${i}`), () => {})));
    const channels = () => onServer(redis.port, (admin) => admin.pubsub('CHANNELS'));
    expect(await channels()).toHaveLength(4);
    for (const other of others) other.close();
    await until('the other channels to be left', async () => (await channels()).length === 1);
    expect(await channels()).toEqual([`test:${channel}`]);
  });
});

describe('the bus without Redis', () => {
  it('starts, takes events at once, and subscribes when Redis is there', async () => {
    const redis = await startRedis();
    await redis.kill();
    try {
      const bus = connect(redis.url);
      const inbox = new Inbox();
      let subscribed = false;
      const subscription = bus.subscribe(channel, inbox.handler).then(() => {
        subscribed = true;
      });
      const gap = nextGap(bus);
      for (let i = 0; i < 2000; i++) await send(bus, `${i}`);
      expect([bus.available, subscribed]).toEqual([false, false]);
      await redis.restart();
      await subscription;
      await gap;
      await flowsAgain(bus, inbox);
    } finally {
      await redis.stop();
    }
  });

  it('drops a subscription that is closed before Redis was there', async () => {
    const bus = connect(`redis://127.0.0.1:${await freePort()}`);
    const subscription = bus.subscribe(channel, () => {});
    await bus.close();
    (await subscription).close();
  });

  it('says neither a password nor a user in its log', async () => {
    const lines: string[] = [];
    const log = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
    const logger = { debug: log, info: log, warn: log, error: log };
    const url = `redis://someuser:hunter2@127.0.0.1:${await freePort()}`;
    open.add(createRedisBus({ url, prefix: 'test', metrics: noMetrics, logger }));
    await until('a line', () => lines.length > 0);
    expect(lines.join('\n')).not.toMatch(/hunter2|someuser/);
  });

  it('moves to the next URL that is a primary, and back when an earlier one is', async () => {
    const [first, second] = [await startRedis(), await startRedis()];
    try {
      await onServer(first.port, (admin) => admin.replicaof('127.0.0.1', second.port));
      const bus = connect(`${first.url},${second.url}`);
      const inbox = new Inbox();
      await bus.subscribe(channel, inbox.handler);
      expect(await onServer(second.port, (admin) => admin.pubsub('CHANNELS'))).toEqual([`test:${channel}`]);
      const gap = nextGap(bus);
      await onServer(first.port, (admin) => admin.replicaof('NO', 'ONE'));
      await second.kill();
      await gap;
      await flowsAgain(bus, inbox);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  });
});

describe('the bus on a Redis Cluster', () => {
  it('follows slots that move, and servers that go and come back', async () => {
    const cluster = await startCluster();
    try {
      const [publisher, subscriber] = [connect(cluster.url), connect(cluster.url)];
      await available(publisher, subscriber);
      const channels = Array.from({ length: 60 }, (_, i) => recipientChannel(TENANT, `recipient ${i}`));
      const inboxes = new Map<Channel, Inbox>(channels.map((one) => [one, new Inbox()]));
      await Promise.all(channels.map((one) => subscriber.subscribe(one, (inboxes.get(one) as Inbox).handler)));

      const arrived = (text: string) => [...inboxes.values()].every((inbox) => inbox.texts.includes(text));
      // Each server's part comes back by itself, with a gap of its own: an event in between may be lost.
      const flows = (text: string) =>
        until(`all events ${text}`, async () => {
          await publisher.publish(channels.map((one) => ({ channel: one, event: textEvent(text) })));
          return arrived(text);
        });
      await flows('at first');

      const gap = nextGap(subscriber);
      await moveSlot(cluster.nodes, `test:${channels[0]}`);
      await gap;
      await flows('after the move');

      const again = nextGap(subscriber);
      await cluster.nodes[1]?.kill();
      await unavailable(subscriber);
      await unavailable(publisher);
      await cluster.nodes[1]?.restart();
      await again;
      await flows('after the restart');
    } finally {
      await cluster.stop();
    }
  });
});

describe('a primary of a Redis Cluster that dies and has a replica', () => {
  it('is replaced by it: the bus finds it, subscribes there, announces a gap, and a node delivers what was pushed meanwhile', async () => {
    const cluster = await startCluster({ args: ['--cluster-node-timeout', '1000'] });
    try {
      const [dying] = cluster.nodes as [TestRedis];
      const replica = await cluster.replicate(dying);
      const [publisher, subscriber] = [connect(cluster.url), connect(cluster.url)];
      await available(publisher, subscriber);
      const names = Array.from({ length: 30 }, (_, i) => `recipient ${i}`);
      const { connect: join, store } = await startNode({}, { bus: subscriber });
      const clients = await Promise.all(names.map((recipient) => join({ recipient })));
      const push = (text: string) => {
        const messages = names.map((name) => store.add(NODE_TENANT, name, text));
        return publisher.publish(
          messages.map((message, i) => ({
            channel: recipientChannel(NODE_TENANT, names[i] as string),
            event: { type: 'message', message },
          })),
        );
      };
      await push('at first');
      for (const client of clients) expect(await client.received(1)).toEqual(['at first']);
      const subscribed = (server: TestRedis) =>
        onServer(server.port, (admin) => admin.call('PUBSUB', 'SHARDCHANNELS')).then((names) => (names as string[]).sort());
      const carried = await subscribed(dying);
      expect(carried.length).toBeGreaterThan(0);

      const gap = nextGap(subscriber);
      await dying.kill();
      await unavailable(subscriber);
      await unavailable(publisher);
      await push('meanwhile');
      await gap;
      await available(publisher, subscriber);
      await until('the new primary to have the subscriptions', async () => `${await subscribed(replica)}` === `${carried}`);

      for (const client of clients) expect(await client.received(2)).toEqual(['at first', 'meanwhile']);
      await push('afterwards');
      for (const client of clients) expect(await client.received(3)).toEqual(['at first', 'meanwhile', 'afterwards']);
    } finally {
      await cleanUp();
      await cluster.stop();
    }
  }, 60_000);
});
