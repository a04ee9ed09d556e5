import { expect, test } from '@jest/globals';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import { tenantChannel } from '../../../src/core/ports/message-bus.js';
import { Rig, TENANT } from './support.js';

test('a revocation is told with its number', async () => {
  const rig = new Rig();
  await rig.revoke('ann');
  const event = { type: 'revoked', recipientHash: recipientHash('ann'), number: 1 };
  expect(rig.bus.published).toEqual([{ channel: tenantChannel(TENANT), event }]);
});
