import { beforeEach, describe, expect, test } from '@jest/globals';
import { unavailable } from '../../../src/core/domain/errors.js';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import { type BusMessage, tenantChannel } from '../../../src/core/ports/message-bus.js';
import { Rig, TENANT } from './support.js';

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

describe('a revocation', () => {
  const revoked = (number: number): BusMessage => ({
    channel: tenantChannel(TENANT),
    event: { type: 'revoked', recipientHash: recipientHash('ann'), number },
  });

  test('is told before an erasure deletes anything, and again after it', async () => {
    await rig.push({ recipients: ['ann', 'bob'], message: 'hi' });
    rig.bus.published.length = 0;
    expect(await rig.erase('ann')).toEqual({ erased: 1 });
    expect(rig.bus.published).toEqual([revoked(1), revoked(2)]);
    expect(rig.store.messages.map(({ recipient }) => recipient)).toEqual(['bob']);
  });

  test('that has taken place leaves an erasure that fails after it UNKNOWN; one that fails before it is not accepted', async () => {
    const outcomeOf = () => rig.erase('ann').catch((error) => error.details?.outcome);
    rig.store.failure = unavailable('away');
    expect(await outcomeOf()).toBe('NOT_ACCEPTED');
    expect(rig.bus.published).toEqual([]);
    rig.store.failure = null;
    rig.store.erase = async () => {
      throw unavailable('away');
    };
    expect(await outcomeOf()).toBe('UNKNOWN');
    expect(rig.bus.published).toEqual([revoked(1)]);
  });
});
