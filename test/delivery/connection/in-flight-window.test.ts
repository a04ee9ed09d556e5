import { expect, test } from '@jest/globals';
import { InFlightWindow } from '../../../src/delivery/connection/in-flight-window.js';

test('a window counts what it holds, for the node, too', () => {
  const total = { messages: 0, bytes: 0 };
  const window = new InFlightWindow({ maxUnconfirmedMessages: 2, maxUnconfirmedBytes: 100 }, total);
  const sent = (id: string, bytes: number) => ({ id, rowId: id, bytes, at: 0 });
  expect(window.fits(1_000)).toBe(true);
  window.add(sent('a', 60));
  expect([window.fits(40), window.fits(41)]).toEqual([true, false]);
  window.add(sent('b', 10));
  expect([window.fits(1), window.full, window.roomy]).toEqual([false, true, false]);
  expect(window.takeFirst(1).map((one) => one.bytes)).toEqual([60]);
  expect(window.take('a')).toBe(null);
  expect(total).toEqual({ messages: 1, bytes: 10 });
});
