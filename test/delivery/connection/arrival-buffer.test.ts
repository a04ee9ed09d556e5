import { describe, expect, test } from '@jest/globals';
import { ArrivalBuffer, AwaitedText, BUFFERED_MESSAGES, itemOf } from '../../../src/delivery/connection/arrival-buffer.js';
import { outgoing } from '../../../src/delivery/outbound/frame-encoder.js';

const messageOf = (id: string, bytes = 10) =>
  outgoing({ id, globalMessageId: null, topic: null, message: 'x'.repeat(bytes), createdAt: 0, expiresAt: null });

describe('what arrives while it cannot be sent', () => {
  test('keeps its order, places of texts that are on their way among it', () => {
    const arrivals = new ArrivalBuffer('plain');
    const place = new AwaitedText();
    arrivals.add(messageOf('a'));
    arrivals.addPlace(place);
    arrivals.add(messageOf('c'));
    arrivals.fill(place, messageOf('b'));
    expect(arrivals.all().map((arrival) => itemOf(arrival)?.encoded.message.id)).toEqual(['a', 'b', 'c']);
    arrivals.shift();
    expect([arrivals.first === place, arrivals.size, arrivals.has(place)]).toEqual([true, 2, true]);
  });

  test('is bounded by number', () => {
    const arrivals = new ArrivalBuffer('plain');
    for (let i = 0; i < BUFFERED_MESSAGES; i++) expect(arrivals.add(messageOf(`${i}`))).toBe(true);
    expect(arrivals.add(messageOf('one more'))).toBe(false);
    arrivals.shift();
    expect(arrivals.add(messageOf('one more'))).toBe(true);
  });

  test('is bounded by bytes; a text that comes later may exceed them until it is taken out', () => {
    const arrivals = new ArrivalBuffer('plain');
    const place = new AwaitedText();
    arrivals.addPlace(place);
    for (let i = 0; i < 4; i++) expect(arrivals.add(messageOf(`${i}`, 60 * 1024))).toBe(true);
    expect(arrivals.add(messageOf('big', 60 * 1024))).toBe(false);
    arrivals.fill(place, messageOf('late', 60 * 1024));
    expect(arrivals.overfull).toBe(true);
    arrivals.empty(place);
    expect([arrivals.overfull, place.item, arrivals.has(place)]).toEqual([false, null, true]);
  });

  test('loses what was sent meanwhile, and the room that it took, but no place', () => {
    const arrivals = new ArrivalBuffer('plain');
    const place = new AwaitedText();
    arrivals.addPlace(place);
    for (const id of ['a', 'b', 'c', 'd']) arrivals.add(messageOf(id, 60 * 1024));
    arrivals.removeSent((item) => ['b', 'd'].includes(item.encoded.message.id));
    expect(arrivals.all().map((arrival) => itemOf(arrival)?.encoded.message.id)).toEqual([undefined, 'a', 'c']);
    expect([arrivals.has(place), arrivals.add(messageOf('e', 60 * 1024)), arrivals.size]).toEqual([true, true, 4]);
  });
});
