import { describe, expect, it } from '@jest/globals';
import { unavailable } from '../../../src/core/domain/errors.js';
import { MAX_EVENT_BYTES } from '../../../src/core/domain/live/live-event.js';
import type { EventPart } from '../../../src/core/ports/event-publisher.js';
import { publishEvents } from '../../../src/core/use-cases/live/publish-events.js';

const small = (n: number) => ({ topic: `a:${n}`, type: 'update', data: { n } });
const large = (n: number) => ({ ...small(n), data: { x: 'x'.repeat(50_000) } });

/** Takes so many parts. */
function publisherOf(mostParts = Number.POSITIVE_INFINITY) {
  const taken: EventPart[] = [];
  const publish = async (_tenantId: string, parts: readonly EventPart[]) => {
    taken.push(...parts.slice(0, mostParts));
    if (taken.length === 0) throw unavailable('Redis is away');
    return taken.flat().map(({ topic }) => `id of ${topic}`);
  };
  return { taken, call: publishEvents({ live: { events: { publish } } }) };
}

describe('events of a call', () => {
  it('go in parts, by their number and by their bytes', async () => {
    const { taken, call } = publisherOf();
    const events = [...Array.from({ length: 100 }, (_, n) => small(n)), large(100), large(101), large(102)];
    const results = await call('t', { events });
    expect(taken.map((part) => part.length)).toEqual([64, 38, 1]);
    expect(results).toEqual(events.map(({ topic }, index) => ({ index, id: `id of ${topic}`, error: null })));
  });

  it('are answered each by itself, whichever are malformed or found no stream any more', async () => {
    const { taken, call } = publisherOf(1);
    const bad = { ...small(1), topic: '' };
    const results = await call('t', { events: [bad, large(2), bad, large(4), large(5), bad] });
    expect(taken.flat().map(({ topic }) => topic)).toEqual(['a:2']);
    expect(results.map(({ id, error }) => id ?? error?.code)).toEqual([
      'BAD_USER_INPUT',
      'id of a:2',
      'BAD_USER_INPUT',
      'SERVICE_UNAVAILABLE',
      'SERVICE_UNAVAILABLE',
      'BAD_USER_INPUT',
    ]);
    expect((await publisherOf(0).call('t', { events: [small(1)] }))[0]?.error?.code).toBe('SERVICE_UNAVAILABLE');
    expect((await publisherOf(0).call('t', { events: [bad] }))[0]?.error?.code).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['a text', 'x'.repeat(10 * MAX_EVENT_BYTES)],
    ['a list', Array.from({ length: MAX_EVENT_BYTES }, () => 0)],
    ['names', Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`name-${n}`, 0]))],
  ])('are refused for %s that is too long', async (_, x) => {
    const [result] = await publisherOf().call('t', { events: [{ ...small(1), data: { x } }] });
    expect(result?.error).toEqual({ code: 'BAD_USER_INPUT', message: expect.stringContaining(String(MAX_EVENT_BYTES)) });
  });
});
