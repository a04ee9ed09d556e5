import { beforeEach, describe, expect, test } from '@jest/globals';
import { tenantChannel } from '../../../src/core/ports/message-bus.js';
import { Rig, TENANT } from './support.js';

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

describe('a recall', () => {
  test('tells the tenant what was cancelled, in pieces', async () => {
    await rig.push({ recipients: Array.from({ length: 250 }, (_, i) => `r${i}`), message: 'hi', topic: 'news' });
    rig.bus.published.length = 0;
    expect(await rig.cancel({ topic: 'news' })).toEqual({ cancelled: 250, complete: true });
    const events = rig.bus.published.map(({ channel, event }) => ({ channel, ids: event.type === 'cancelled' ? event.ids : [] }));
    expect(events.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
    expect(events.every(({ channel }) => channel === tenantChannel(TENANT))).toBe(true);
    expect(events.flatMap(({ ids }) => ids)).toEqual(rig.store.messages.map(({ id }) => id));
  });

  test('of a global message alone tells that it ended', async () => {
    const { id } = await rig.pushGlobal({ message: 'hi', expiresAt: new Date(rig.now + 1000).toISOString() });
    rig.bus.published.length = 0;
    await rig.cancel({ globalMessageId: id.toUpperCase() });
    expect(rig.bus.published).toEqual([{ channel: tenantChannel(TENANT), event: { type: 'global-cancelled', id } }]);
  });

  test('matches nothing by malformed ids or an empty list, and asks nobody', async () => {
    const nothing = { cancelled: 0, complete: true };
    expect(await rig.cancel({ ids: [] })).toEqual(nothing);
    expect(await rig.cancel({ ids: ['x', ''] })).toEqual(nothing);
    expect(await rig.cancel({ globalMessageId: 'x' })).toEqual(nothing);
    expect(await rig.cancel({ ids: [], topic: 'news' })).toEqual(nothing);
    expect(rig.store.calls).toEqual([]);
  });

  test('by ids takes each once, whatever their case', async () => {
    const [entry] = await rig.push({ recipients: ['ann'], message: 'hi' });
    const id = entry?.item?.id ?? '';
    expect(await rig.cancel({ ids: [id, id.toUpperCase(), 'x'] })).toEqual({ cancelled: 1, complete: true });
  });
});
