import { describe, expect, test } from '@jest/globals';
import { eventId, parseEventId } from '../../../../src/core/domain/status-feed/event-position.js';

const TENANT = '01890000-0000-7000-8000-000000000001';
const OTHER = '01890000-0000-7000-8000-000000000002';

describe('the id of an event', () => {
  test.each([
    { epoch: 0, number: 0 },
    { epoch: 2 ** 26 - 1, number: 2 ** 48 - 1 },
    { epoch: 12_345_678, number: 9_007_199 },
  ])('is a UUID of version 8 that leads back to its place: %p', (position) => {
    const id = eventId(TENANT, position);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseEventId(TENANT, id)).toEqual(position);
    expect(parseEventId(TENANT, id.toUpperCase())).toEqual(position);
  });

  test('is another one for another tenant, number or epoch', () => {
    const ids = [eventId(TENANT, { epoch: 1, number: 1 }), eventId(OTHER, { epoch: 1, number: 1 })];
    ids.push(eventId(TENANT, { epoch: 2, number: 1 }), eventId(TENANT, { epoch: 1, number: 2 }));
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    ['another tenant’s', eventId(OTHER, { epoch: 1, number: 7 })],
    ['altered', eventId(TENANT, { epoch: 1, number: 7 }).replace('7', '8')],
    ['the id of a message', '01890000-0000-7000-8000-000000000003'],
    ['words', 'the newest, please'],
    ['empty', ''],
  ])('is none if it is %s', (_, id) => {
    expect(parseEventId(TENANT, id)).toBeNull();
  });
});
