import { describe, expect, test } from '@jest/globals';
import { beginningOf, beginningsOf, EventLog } from '../../../src/live/feed/event-log.js';
import { liveEvent } from '../support.js';

const START = '00000000-0000-7000-8000-000000000000';
const events = (...topics: string[]) => topics.map((topic) => liveEvent({ topic }));

describe('the beginning by which events are found', () => {
  test.each([
    ['a:b:c', 'a:b:c'],
    ['A:B', 'a:B'],
    ['a:*:c', 'a'],
    ['a:b:c:d:e:f', 'a:b:c:d'],
    ['*', null],
    ['*:b', null],
  ])('of %s is %s', (pattern, beginning) => {
    expect(beginningOf(pattern.split(':'))).toBe(beginning);
  });

  test('several have one each; what may match everything has none', () => {
    expect(beginningsOf([['a', 'b'], ['a', 'b', '*'], ['c']])).toEqual(['a:b', 'c']);
    expect(beginningsOf([['a'], ['*']])).toBeNull();
  });
});

describe('a log of events', () => {
  test('finds what follows an event, by the beginnings of topic and parent, in order and once', () => {
    const log = new EventLog('run', START);
    const [a, ab, other, child, last] = [
      liveEvent({ topic: 'A' }),
      liveEvent({ topic: 'a:b:c', parent: 'a:b' }),
      liveEvent({ topic: 'other:b' }),
      liveEvent({ topic: 'x:1', parent: 'a:b' }),
      liveEvent({ topic: 'a:c' }),
    ] as const;
    log.append([a, ab, other, child, last], 500);
    expect(log.find(START, ['a'], 10)).toEqual({ events: [a, ab, child, last], upTo: last.id, more: false });
    expect(log.find(START, ['a:b', 'other'], 10).events).toEqual([ab, other, child]);
    expect(log.find(ab.id, ['a:b'], 10).events).toEqual([child]);
    expect(log.find(START, null, 10).events).toEqual([a, ab, other, child, last]);
    expect(log.find(last.id, null, 10)).toEqual({ events: [], upTo: last.id, more: false });
    expect(log.find(START, ['nothing'], 10)).toEqual({ events: [], upTo: last.id, more: false });
  });

  test('answers page by page, each up to its last event', () => {
    const log = new EventLog('run', null);
    const all = events('a', 'b', 'a', 'b', 'a');
    log.append(all, 5);
    const first = log.find(null, ['a'], 2);
    expect(first).toEqual({ events: [all[0], all[2]], upTo: all[2]?.id, more: true });
    expect(log.find(first.upTo, ['a'], 2)).toEqual({ events: [all[4]], upTo: all[4]?.id, more: false });
    log.more = true;
    expect(log.find(first.upTo, ['a'], 2).more).toBe(true);
  });

  test('knows what it covers', () => {
    const log = new EventLog('run', START);
    const [a, b] = events('a', 'b');
    log.append([a as never], 1);
    expect([START, a?.id as string, b?.id as string, null].map((id) => log.covers(id))).toEqual([true, true, false, false]);
    expect(log.end).toBe(a?.id);
  });

  test('takes earlier events before its own', () => {
    const all = events('a:1', 'b:1', 'a:2', 'a:3', 'b:2');
    const log = new EventLog('run', all[2]?.id as string);
    log.append(all.slice(3), 20);
    log.prepend(START, all.slice(0, 3), 30);
    expect(log.bytes).toBe(50);
    expect(log.find(START, ['a'], 10).events).toEqual([all[0], all[2], all[3]]);
    expect(log.find(all[0]?.id as string, null, 10).events).toEqual(all.slice(1));
    const more = events('a:4');
    log.append(more, 10);
    expect(log.find(START, ['a'], 10).events).toEqual([all[0], all[2], all[3], more[0]]);
  });

  test.each([
    ['number', 3, 1e9],
    ['bytes', 1e9, 30],
  ])('forgets the oldest by their %s', (_by, most, bytes) => {
    const log = new EventLog('run', START);
    const all = events('a', 'b', 'a', 'b', 'a', 'b', 'a', 'b');
    log.append(all, 80);
    log.trim(most, bytes);
    expect([log.bytes, log.start]).toEqual([30, all[4]?.id]);
    expect(log.covers(START)).toBe(false);
    expect(log.find(all[4]?.id as string, ['b'], 10).events).toEqual([all[5], all[7]]);
    const [later] = events('b');
    log.append([later as never], 10);
    expect(log.find(all[4]?.id as string, ['b'], 10).events).toEqual([all[5], all[7], later]);
  });
});
