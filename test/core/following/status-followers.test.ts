import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TidingsError, unavailable } from '../../../src/core/domain/errors.js';
import type { StatusEvent } from '../../../src/core/domain/status-feed/status-event.js';
import type { StatusEventQuery } from '../../../src/core/ports/stores/feed/status-feed-store.js';
import { StatusFollowers } from '../../../src/core/use-cases/following/status-followers.js';
import { nextTurn } from '../../../src/lib/cooperative-loop.js';
import { TurnedTimers } from '../../support/turned-timers.js';
import { FakeFeed } from './fake-feed.js';

const ALL: StatusEventQuery = { types: null, recipient: null, topic: null, globalMessageId: null, globals: null };
const TENANT = '0198a7c2-0000-7000-8000-000000000001';

/** Lets everything that waits for nothing but the event loop happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await nextTurn();
}

let feed: FakeFeed;
let timers: TurnedTimers;
let followers: StatusFollowers;
let readers: Array<{ leave(): void }>;
beforeEach(() => {
  feed = new FakeFeed(TENANT);
  timers = new TurnedTimers();
  followers = new StatusFollowers({ store: feed, timers });
  readers = [];
});
afterEach(() => {
  for (const reader of readers) reader.leave();
});

interface Follower {
  /** Numbers of the events' messages, in their order. */
  got: number[];
  end: unknown;
  pause: () => void;
  goOn: () => void;
  leave(): void;
}

/** Reads until it ends or leaves; while paused it takes nothing. */
async function follow(from: number | 'now', query: Partial<StatusEventQuery> = {}): Promise<Follower> {
  const leaving = new AbortController();
  const newest = await feed.newestStatusPosition();
  const position = from === 'now' ? newest : feed.position(from);
  let gate: Promise<void> | null = null;
  let open = () => {};
  const reader: Follower = {
    got: [],
    end: null,
    pause() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    goOn() {
      gate = null;
      open();
    },
    leave() {
      open();
      leaving.abort();
    },
  };
  readers.push(reader);
  const events = followers.follow({
    tenantId: TENANT,
    query: { ...ALL, ...query },
    ...{ from: position, newest, signal: leaving.signal },
  });
  void (async () => {
    try {
      for await (const items of events) {
        reader.got.push(...items.map(({ messageId }: StatusEvent) => Number(messageId.split(' ')[1])));
        if (gate !== null) await gate;
      }
      reader.end = 'ended';
    } catch (error) {
      reader.end = error;
    }
  })();
  await settle();
  return reader;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('readers of one tenant', () => {
  test('get each event once, in order, from where they began', async () => {
    feed.add(3);
    const now = await follow('now');
    const first = await follow(0);
    const second = await follow(2);
    feed.add(2);
    await settle();
    feed.add(1);
    await settle();
    expect([now.got, first.got, second.got]).toEqual([numbers(4, 6), numbers(1, 6), numbers(3, 6)]);
  });

  test('share one reading at the head, however many they are', async () => {
    const all = [];
    for (let i = 0; i < 100; i++) all.push(await follow('now'));
    const before = feed.reads.length;
    for (let i = 1; i <= 10; i++) {
      feed.add(1);
      await settle();
    }
    expect(all.map(({ got }) => got)).toEqual(all.map(() => numbers(1, 10)));
    expect(feed.reads.length - before).toBe(10);
    expect(feed.watchers).toBe(1);
  });

  test('who is behind reads alone until it meets the others, with its filter', async () => {
    feed.add(1_000);
    feed.add(1, { recipient: 'bob' });
    const now = await follow('now');
    const late = await follow(0, { recipient: 'bob' });
    expect(late.got).toEqual([1_001]);
    expect(feed.reads.filter(({ filtered }) => filtered).map(({ after }) => after)).toEqual([0, 200, 400, 600, 800, 1_000]);
    feed.reads.length = 0;
    feed.add(2, { recipient: 'bob' });
    feed.add(1);
    await settle();
    expect([late.got, now.got]).toEqual([[1_001, 1_002, 1_003], numbers(1_002, 1_004)]);
    expect(feed.reads.some(({ filtered }) => filtered)).toBe(false);
  });

  test('a paused one keeps nobody waiting, and finds all later', async () => {
    const [slow, quick] = [await follow('now'), await follow('now')];
    slow.pause();
    for (let i = 0; i < 30; i++) {
      feed.add(100);
      await settle();
    }
    expect(quick.got).toEqual(numbers(1, 3_000));
    expect(slow.got.length).toBeLessThanOrEqual(200);
    slow.goOn();
    await settle();
    await settle();
    expect(slow.got).toEqual(numbers(1, 3_000));
  });

  test('nothing is read that none of them has room for', async () => {
    const reader = await follow('now');
    reader.pause();
    feed.add(1);
    await settle();
    const before = feed.reads.length;
    feed.add(10_000);
    await settle();
    expect(feed.reads.length).toBe(before);
  });

  test('what was read is forgotten after 5 s, since it may be erased meanwhile', async () => {
    const now = await follow('now');
    feed.add(5);
    await settle();
    feed.reads.length = 0;
    await follow(0);
    expect(feed.reads).toEqual([]);
    timers.forward(5_000);
    await settle();
    feed.reads.length = 0;
    await follow(0);
    expect(feed.reads.map(({ after }) => after)).toContain(0);
    expect(now.got).toEqual(numbers(1, 5));
  });

  test('begin anywhere in what is kept', async () => {
    await follow('now');
    feed.add(5);
    await settle();
    feed.reads.length = 0;
    const reader = await follow(2);
    expect([reader.got, feed.reads]).toEqual([numbers(3, 5), []]);
  });

  test('the last one to leave ends the reading', async () => {
    const [one, other] = [await follow('now'), await follow('now')];
    one.leave();
    await settle();
    expect([one.end, feed.watchers]).toEqual(['ended', 1]);
    other.leave();
    await settle();
    expect([other.end, feed.watchers]).toEqual(['ended', 0]);
    feed.add(1);
    timers.forward(60_000);
    await settle();
    expect(one.got).toEqual([]);
  });

  test('get what is filtered by each attribute', async () => {
    const byType = await follow('now', { types: ['RECALLED', 'EXPIRED'] });
    const byTopic = await follow('now', { topic: 'a' });
    const byGlobal = await follow('now', { globalMessageId: 'g' });
    const [only, without] = [await follow('now', { globals: true }), await follow('now', { globals: false })];
    feed.add(1, { type: 'RECALLED' });
    feed.add(1, { topic: 'a' });
    feed.add(1, { globalMessageId: 'g' });
    feed.add(1, { globalMessageId: 'h' });
    await settle();
    expect([byType, byTopic, byGlobal, only, without].map(({ got }) => got)).toEqual([[1], [2], [3], [3, 4], [1, 2]]);
  });
});

describe('a feed', () => {
  test('that is switched off ends its readers behind the last event', async () => {
    const reader = await follow('now');
    feed.add(2);
    feed.enabled = false;
    await settle();
    timers.forward(2_000);
    await settle();
    expect([reader.got, reader.end]).toEqual([[1, 2], 'ended']);
  });

  test('that is switched on again has new readers', async () => {
    const [before, other] = [await follow('now'), await follow('now')];
    other.pause();
    feed.add(1);
    await settle();
    feed.enabled = false;
    timers.forward(2_000);
    await settle();
    expect(before.end).toBe('ended');
    feed.enabled = true;
    const after = await follow('now');
    feed.add(1);
    timers.forward(10_000);
    await settle();
    expect([after.got, after.end, feed.watchers]).toEqual([[2], null, 2]);
  });

  test('that cannot be read for a while is read on', async () => {
    const reader = await follow('now');
    feed.failure = unavailable('away');
    feed.add(1);
    await settle();
    timers.forward(29_000);
    await settle();
    expect(reader.end).toBeNull();
    feed.failure = null;
    timers.forward(2_000);
    await settle();
    expect([reader.got, reader.end]).toEqual([[1], null]);
  });

  test('that cannot be read for 30 s ends its readers, at the head and behind it', async () => {
    feed.add(1);
    const reader = await follow('now');
    feed.failure = unavailable('away');
    const late = followLate();
    feed.wake();
    for (let i = 0; i < 40; i++) {
      await settle();
      timers.forward(1_000);
    }
    expect(reader.end).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(late).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    feed.failure = null;
    const next = await follow('now');
    feed.add(1);
    await settle();
    expect(next.got).toEqual([2]);
  });

  const followLate = async () => {
    const { signal } = new AbortController();
    const [from, newest] = [feed.position(0), feed.position(1)];
    for await (const _ of followers.follow({ tenantId: TENANT, query: ALL, from, newest, signal }));
  };

  test('whose positions are gone tells it', async () => {
    const reader = await follow('now');
    feed.failure = new TidingsError('POSITION_EXPIRED', 'restored');
    feed.wake();
    await settle();
    expect(reader.end).toBe(feed.failure);
  });

  test('is read up to where a reader begins', async () => {
    const reader = await follow('now');
    reader.pause();
    feed.add(1);
    await settle();
    feed.add(5);
    const later = await follow('now');
    feed.add(1);
    await settle();
    expect(later.got).toEqual([7]);
  });

  test('that fails in any other way fails at once', async () => {
    const reader = await follow('now');
    const failure = new Error('a fault');
    feed.failure = failure;
    feed.wake();
    await settle();
    expect(reader.end).toBe(failure);
  });
});
