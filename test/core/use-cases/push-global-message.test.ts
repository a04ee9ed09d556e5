import { beforeEach, expect, test } from '@jest/globals';
import { tenantChannel } from '../../../src/core/ports/message-bus.js';
import { codeOf, Rig, TENANT } from './support.js';

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

test('a global message is told to the tenant', async () => {
  const { id, createdAt } = await rig.pushGlobal({ message: 'hi' });
  const message = { id, message: 'hi', topic: null, createdAt: createdAt.getTime(), expiresAt: null, globalMessageId: id };
  expect(rig.bus.published).toEqual([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
});

test('a text above 4 KiB is to be asked for', async () => {
  await rig.pushGlobal({ message: 'x'.repeat(4097) });
  const { id } = rig.store.globals[0] ?? {};
  expect(rig.bus.published.at(-1)).toEqual({ channel: tenantChannel(TENANT), event: { type: 'global-pending', id } });
});

test('an idempotency key works as that of a push to recipients', async () => {
  const input = { message: 'hi', expiresAt: new Date(rig.now + 1000).toISOString(), idempotencyKey: 'k' };
  const first = await rig.pushGlobal(input);
  rig.now += 3_600_000;
  expect(await rig.pushGlobal(input)).toEqual(first);
  expect(rig.bus.published).toHaveLength(1);
  expect(await codeOf(rig.pushGlobal({ ...input, message: 'ho' }))).toBe('IDEMPOTENCY_CONFLICT');
  expect(await codeOf(rig.push({ recipients: ['ann'], message: 'hi', idempotencyKey: 'k' }))).toBe('IDEMPOTENCY_CONFLICT');
});
