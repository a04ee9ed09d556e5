import { expect, it } from '@jest/globals';
import { HeldEvents } from '../../../src/live/feed/held-events.js';
import { liveEvent } from '../support.js';

const eventOf = (chars: number) => ({ event: liveEvent({ topic: 'a', data: { x: 'x'.repeat(chars) } }), previous: null });

it('events wait in order, as many and as long ones as there is room for', () => {
  const waiting = new HeldEvents();
  const [first, second, third] = [eventOf(1), eventOf(2), eventOf(3)];
  for (const one of [first, second, third]) expect(waiting.add(one)).toBe(true);
  expect(waiting.take()).toBe(first);
  waiting.putBack(first);
  expect([waiting.take(), waiting.take(), waiting.take()]).toEqual([first, second, third]);
  expect(waiting.isEmpty).toBe(true);
  // What was taken makes room, though some still wait.
  waiting.add(first);
  for (const [most, one] of [
    [1_000, eventOf(1)],
    [64, eventOf(66_000)],
  ] as const) {
    for (let i = 0; i < 3 * most; i++) {
      expect(waiting.add(one)).toBe(true);
      waiting.take();
    }
    for (let i = 1; i < most; i++) expect(waiting.add(one)).toBe(true);
    expect(waiting.add(one)).toBe(false);
    expect(waiting.isEmpty).toBe(true);
  }
});
