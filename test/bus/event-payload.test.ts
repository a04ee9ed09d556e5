import { describe, expect, it } from '@jest/globals';
import { decodeEvents, EventEncoder, joinEvents, jsonOf, payloadAround } from '../../src/bus/redis/event-payload.js';
import type { OutgoingMessage } from '../../src/core/domain/outgoing-message.js';
import type { BusEvent } from '../../src/core/ports/message-bus.js';
import { liveEvent } from '../live/support.js';

const message: OutgoingMessage = {
  id: '01920000-0000-7000-8000-000000000001',
  message: 'a "text" with \\ and \u2028 and ünïcode',
  topic: null,
  createdAt: 1_700_000_000_000,
  expiresAt: null,
  globalMessageId: null,
};
const event = (change: Partial<OutgoingMessage>): BusEvent => ({ type: 'message', message: { ...message, ...change } });

describe('events on the wire', () => {
  it('come back as they were, whatever the event before them shares with them', () => {
    const other = '01920000-0000-7000-8000-000000000002';
    const repeated = event({ topic: 'again' });
    const change = liveEvent({ topic: 'a "topic"', data: { of: 'ünïcode' } });
    const events: BusEvent[] = [
      event({}),
      event({ id: other }),
      event({ id: 'an id with " and \\' }),
      event({ message: 'another' }),
      event({ message: 'another', topic: 'a "topic"' }),
      event({ message: 'another', topic: 'a "topic"', createdAt: 1 }),
      event({ message: 'another', topic: 'a "topic"', createdAt: 1, expiresAt: 2 }),
      event({ message: 'another', topic: 'a "topic"', createdAt: 1, expiresAt: 2, globalMessageId: other }),
      event({}),
      { type: 'pending' },
      { type: 'pending', id: other },
      event({}),
      { type: 'global', message },
      { type: 'global-pending', id: other },
      event({ id: other }),
      repeated,
      repeated,
      { type: 'live', event: change, previous: null, run: 'r' },
      { type: 'live', event: change, previous: other, run: 'r' },
      { type: 'live', event: liveEvent({ topic: 'a:1' }), previous: other },
    ];
    const encoder = new EventEncoder();
    const encoded = events.map((one) => encoder.encode(one));
    expect(encoded.map(jsonOf)).toEqual(events.map((one) => JSON.stringify(one)));
    expect(decodeEvents(joinEvents(encoded))).toEqual(events);
    for (const [i, one] of encoded.entries()) {
      const [before, after] = payloadAround(one);
      expect(decodeEvents(before + one.own + after)).toEqual([events[i]]);
    }
  });
});
