import { describe, expect, it } from '@jest/globals';
import { PublishAcknowledgement } from '../../src/bus/redis/publish-acknowledgement.js';
import { WaitingEvents } from '../../src/bus/redis/waiting-events.js';
import { isOfTenant, liveChannel, recipientChannel, tenantChannel, tenantOf } from '../../src/core/ports/message-bus.js';

const acknowledgement = new PublishAcknowledgement(() => {});
const event = (tenantId: string, own: string, since = 0) => ({
  tenantId,
  channel: `r:${tenantId}:x`,
  event: { before: '', own, after: '' },
  since,
  redirections: 0,
  acknowledgement,
});
const take = (events: WaitingEvents, count: number) =>
  Array.from({ length: count }, () => {
    const next = events.peek();
    expect(events.shift()).toBe(next);
    return `${next?.tenantId}${next?.event.own}`;
  });

describe('events that wait for Redis', () => {
  it('are taken from tenants in turns, those of each in order', () => {
    const events = new WaitingEvents();
    for (let i = 0; i < 200; i++) events.add(event('a', `${i}`));
    for (let i = 0; i < 3; i++) events.add(event('b', `${i}`));
    const taken = take(events, 203);
    expect(taken.indexOf('b2')).toBe(66);
    expect(taken.filter((one) => one.startsWith('a'))).toEqual(Array.from({ length: 200 }, (_, i) => `a${i}`));
    expect(taken.filter((one) => one.startsWith('b'))).toEqual(['b0', 'b1', 'b2']);
    expect(events.peek()).toBeUndefined();
  });

  it('are dropped where they are too many, the oldest of the tenant that has most', () => {
    const events = new WaitingEvents();
    events.add(event('b', 'first'));
    for (let i = 0; i < 100_000; i++) events.add(event('a', `${i}`));
    const taken = events.takeAll().map(({ tenantId, event: { own } }) => tenantId + own);
    expect(taken).toHaveLength(100_000);
    expect(taken[0]).toBe('bfirst');
    expect(taken[1]).toBe('a1');
    expect(events.peek()).toBeUndefined();
  });

  it('are dropped where they are too old, whoever waits behind them', () => {
    const events = new WaitingEvents();
    events.add(event('a', 'old', 0));
    events.add(event('a', 'new', 2_000));
    events.add(event('b', 'old', 0));
    events.dropOld(2_500);
    expect(take(events, 1)).toEqual(['anew']);
    expect(events.peek()).toBeUndefined();
  });
});

describe('the tenant of a channel', () => {
  it.each([recipientChannel('t1', 'a:b'), tenantChannel('t1'), liveChannel('t1', 'part' as never)])(
    'is told of %s',
    (channel) => {
      expect(tenantOf(channel)).toBe('t1');
      expect(isOfTenant(channel, 't1')).toBe(true);
      expect(isOfTenant(channel, 't')).toBe(false);
      expect(isOfTenant(channel, 't11')).toBe(false);
      expect(isOfTenant(channel, '')).toBe(false);
    },
  );
});
