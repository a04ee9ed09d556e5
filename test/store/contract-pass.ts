import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { HeldRecipient } from '../../src/core/ports/stores/delivery-store.js';
import type { Store } from '../../src/store/index.js';
import { anything, HOUR_MS, itemOf, messageOf, pushCall, someKey } from '../contract/store-harness.js';

/** Passes once through what the store promises, in a few statements of each kind, on any database. */
export async function passThroughContract(store: Store): Promise<void> {
  const tenant = await store.createTenant(`tenant ${randomUUID()}`);
  await passKeys(store, tenant.id);
  await passMessages(store, tenant.id);
  await passGlobals(store, tenant.id);
  await passDirectory(store, tenant.id);
  expect(await store.cleanUp()).toMatchObject({ expired: 0, deleted: 0 });
  const erased = await store.erase(tenant.id, 'r', HOUR_MS);
  expect(erased.erased).toBeGreaterThan(0);
  expect(await store.standing(tenant.id, 'r')).toEqual({ tenantActive: true, revocation: erased.number, limits: null });
  expect((await store.disableTenant(tenant.name))?.disabledAt?.getTime()).toBeLessThan(Date.now() + HOUR_MS);
  await store.deleteTenant(tenant.name);
  expect(await store.findTenant(tenant.name)).toBeNull();
  expect(Math.abs(store.clock.now() - Date.now())).toBeLessThan(60_000);
}

async function passKeys(store: Store, tenantId: string): Promise<void> {
  const expiresAt = new Date('2020-02-01T23:59:59.123Z');
  const hash = Buffer.from(randomUUID().repeat(2).slice(0, 32));
  const key = { tenantId, hash, prefix: 'tk_', name: 'a\\b', scope: 'none', expiresAt };
  const { id } = await store.createKey(key);
  expect(await store.findKey(hash)).toMatchObject({ hash, expiresAt, revokedAt: null, tenantActive: true });
  const revoked = await store.revokeKey(id);
  expect(Math.abs((revoked?.revokedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(await store.findKey(hash)).toMatchObject({ expiresAt, revokedAt: revoked?.revokedAt });
  expect(await store.listKeys(tenantId)).toEqual([expect.objectContaining({ id, expiresAt, revokedAt: revoked?.revokedAt })]);
  await store.ensureBootstrapKey(hash, 'tk_');
}

async function passMessages(store: Store, tenantId: string): Promise<void> {
  const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + HOUR_MS + 7);
  const rest = { message: `a\\'"{NULL}`, expiresAt, idempotency: someKey('key') };
  const pushed = (await store.push(pushCall(tenantId, ['r', 'NULL', 'a\\b'], rest))).entries;
  const plain = (await store.push(pushCall(tenantId, ['r'], { topic: 'NULL' }))).entries;
  const [first, second, third, labelled] = [...pushed, ...plain].map((entry) => itemOf(entry));
  expect(first).toMatchObject({ message: rest.message, topic: null, expiresAt, status: 'PENDING' });
  expect((await store.push(pushCall(tenantId, ['r', 'NULL', 'a\\b'], rest))).replayed).toBe(true);
  await store.push(pushCall(tenantId, ['late'], { expiresAt: new Date(Date.now() - 1) }));
  const drained = await store.pending({ tenantId, recipient: 'r', topic: 'NULL', after: null, limit: 10, maxBytes: 1e6 });
  expect(drained.messages.map(({ message }) => [message.id, message.topic, message.expiresAt])).toEqual([
    [first?.id, null, expiresAt.getTime()],
    [labelled?.id, 'NULL', null],
  ]);
  const held: HeldRecipient[] = [{ tenantId, recipient: 'NULL' }];
  const holder = Object.assign(held, { tenantIds: [tenantId], count: 1, has: (_: string, name: string) => name === 'NULL' });
  const look = { last: null, everything: true, minAgeMs: -1000, held: () => holder, also: () => held };
  expect((await store.findPending(look)).pending).toContainEqual(held[0]);
  await store.settle([{ tenantId, rowId: first?.id ?? '', kind: 'ACK', at: store.clock.now() }]);
  const settled = await messageOf(store, tenantId, first?.id);
  expect(settled).toMatchObject({ status: 'DELIVERED', receipt: 'ACK', expiresAt });
  expect(Math.abs((settled.deliveredAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  const cancelled = await store.cancel(tenantId, {
    ids: [second?.id ?? ''],
    recipient: null,
    globalMessageId: null,
    topic: null,
  });
  expect(cancelled).toMatchObject({ cancelled: 1, ids: [second?.id] });
  expect((await messageOf(store, tenantId, second?.id)).cancelledAt).toBeInstanceOf(Date);
  const range = { from: expiresAt, to: expiresAt };
  const list = async (query: object) => (await store.listMessages(tenantId, { ...anything, ...query }, null, 100)).items;
  expect((await list({ expiresAt: range })).map(({ id }) => id)).toEqual([third?.id, second?.id, first?.id]);
  expect((await list({ status: 'PENDING' })).map(({ id }) => id)).toEqual([labelled?.id, third?.id]);
  expect(await list({ recipient: 'late' })).toMatchObject([{ status: 'CANCELLED', cancelReason: 'EXPIRED' }]);
}

async function passGlobals(store: Store, tenantId: string): Promise<void> {
  const expiresAt = new Date(Date.now() + HOUR_MS);
  const { item } = await store.pushGlobal({ tenantId, message: 'to all', topic: null, expiresAt, idempotency: null });
  expect(item.expiresAt).toEqual(expiresAt);
  expect(await store.unsentGlobals(tenantId, 'g', null)).toMatchObject([{ id: item.id, expiresAt: expiresAt.getTime() }]);
  const receipt = { kind: 'PONG' as const, at: store.clock.now() };
  await store.recordGlobals([{ tenantId, globalMessageId: item.id, recipient: 'g', revocation: 0, receipt }]);
  expect(await store.unsentGlobals(tenantId, 'g', null)).toEqual([]);
  expect(await store.globalsSince([tenantId], new Date(0))).toHaveLength(1);
  const ended = await store.cancel(tenantId, { ids: null, recipient: null, globalMessageId: item.id, topic: null });
  expect(ended.globalEnded).toBe(true);
}

async function passDirectory(store: Store, tenantId: string): Promise<void> {
  const { createdAt } = await store.directory.createTopic(tenantId, 'a\\b', false);
  expect(Math.abs(createdAt.getTime() - Date.now())).toBeLessThan(60_000);
  expect(await store.directory.topics(tenantId)).toEqual([{ name: 'a\\b', system: false, createdAt }]);
  await store.directory.setEventRule(tenantId, { entity: 'NULL', types: ['NULL', 'a"b'] });
  expect(await store.directory.eventRules(tenantId)).toEqual([{ entity: 'NULL', types: ['NULL', 'a"b'] }]);
  const rule = await store.directory.createAlertRule(tenantId, { code: 'c', topic: 't', condition: `a == "\\n"` });
  expect(await store.directory.alertRule(tenantId, 'c')).toEqual(rule);
  expect(await store.directory.deleteAlertRule(tenantId, 'c')).toEqual(rule);
  const before = new Date(Date.now() - HOUR_MS);
  const revoked = await store.revoke(tenantId, 'x', HOUR_MS);
  expect(Math.abs(revoked.revokedAt.getTime() - Date.now())).toBeLessThan(60_000);
  expect((await store.readRevocation(tenantId, 'x')).number).toBe(revoked.number);
  expect((await store.revocationsSince([tenantId], before)).revocations).toHaveLength(1);
}
