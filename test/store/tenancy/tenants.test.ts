import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiKeyHash, newApiKey } from '../../../src/core/domain/api-key.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import { withClient } from '../../../src/store/database/migrations.js';
import type { Store } from '../../../src/store/index.js';
import { anything, HOUR_MS, push, pushCall, someKey } from '../../contract/store-harness.js';
import { createDatabase, type TestDatabase, until } from '../../support/index.js';
import { openStore } from '../open.js';

describe('tenants and API keys', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await createDatabase();
    store = await openStore(database.url);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const someName = () => `tenant ${randomUUID()}`;
  const createKey = async (tenantId: string, rest: { name?: string; expiresAt?: Date } = {}) => {
    const { key, hash, prefix } = newApiKey();
    const record = await store.createKey({ tenantId, hash, prefix, name: null, scope: 'scope', expiresAt: null, ...rest });
    return { key, hash, record };
  };

  it('has one tenant of a name', async () => {
    const name = someName();
    const tenant = await store.createTenant(name);
    expect(tenant).toEqual({ id: expect.any(String), name, createdAt: expect.any(Date), disabledAt: null });
    await expect(store.createTenant(name)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'name' } });
    expect(await store.findTenant(name)).toEqual(tenant);
    expect(await store.listTenants()).toContainEqual(tenant);
    expect(await store.findTenant(someName())).toBeNull();
  });

  it('disables a tenant once, and its keys with it', async () => {
    const name = someName();
    const { id } = await store.createTenant(name);
    const { hash } = await createKey(id);
    const first = await store.disableTenant(name);
    expect(first?.disabledAt).toBeInstanceOf(Date);
    expect(await store.disableTenant(name)).toEqual(first);
    expect(await store.findKey(hash)).toMatchObject({ tenantId: id, tenantActive: false });
    expect(await store.disableTenant(someName())).toBeNull();
  });

  it('enables a tenant again, with its keys and tokens, or without the tokens', async () => {
    const name = someName();
    const tenant = await store.createTenant(name);
    const { id } = tenant;
    const { hash } = await createKey(id);
    const revoked = await store.revoke(id, 'revoked', HOUR_MS);
    await store.disableTenant(name);
    expect(await store.enableTenant(name, false)).toEqual(tenant);
    expect((await store.findKey(hash))?.tenantActive).toBe(true);
    expect(await store.standing(id, 'r')).toEqual({ tenantActive: true, revocation: 0, limits: null });

    const since = new Date(Date.now() - HOUR_MS);
    await store.disableTenant(name);
    expect(await store.enableTenant(name, true)).toEqual(tenant);
    const { revocation } = await store.standing(id, 'r');
    expect(revocation).toBeGreaterThan(revoked.number);
    expect((await store.standing(id, 'revoked')).revocation).toBe(revocation);
    // A token that is issued now is good.
    expect((await store.readRevocation(id, 'r')).number).toBe(revocation);
    expect((await store.revocationsSince([id], since)).revocations).toContainEqual({
      tenantId: id,
      recipientHash: null,
      number: revocation,
    });
    // A later revocation of a recipient goes further.
    expect((await store.revoke(id, 'r', HOUR_MS)).number).toBeGreaterThan(revocation);
    expect(await store.enableTenant(someName(), true)).toBeNull();
  });

  it('keeps the limits of a tenant, policy by policy, and tells them with its keys and tokens', async () => {
    const name = someName();
    const { id } = await store.createTenant(name);
    const { hash } = await createKey(id);
    expect(await store.findTenantLimits(name)).toEqual({ id, name, own: null });
    await store.changeTenantLimits(name, { recipients: 10, bytes: 1_000_000_000_000 });
    const own = { recipients: 10, pending: null };
    expect(await store.changeTenantLimits(name, { bytes: 'default', pending: 'none' })).toEqual({ id, name, own });
    expect(await store.findTenantLimits(name)).toEqual({ id, name, own });
    expect((await store.findKey(hash))?.tenantLimits).toEqual(own);
    expect((await store.standing(id, 'r')).limits).toEqual(own);
    expect(await store.ownLimits(id)).toEqual(own);

    expect(await store.changeTenantLimits(name, { recipients: 'default', pending: 'default' })).toEqual({ id, name, own: null });
    expect((await store.findKey(hash))?.tenantLimits).toBeNull();
    expect(await store.changeTenantLimits(someName(), { pending: 1 })).toBeNull();
    expect(await store.findTenantLimits(someName())).toBeNull();
    expect(await store.ownLimits(randomUUID())).toBeNull();
    expect(await store.findTenant(name)).toEqual({ id, name, createdAt: expect.any(Date), disabledAt: null });
  });

  it('counts what a tenant has pending, up to a number', async () => {
    const { id } = await store.createTenant(someName());
    await push(store, id, ['a', 'b', 'c']);
    const [last = ''] = await push(store, id, 'd');
    expect([await store.countPending(id, 10), await store.countPending(id, 4), await store.countPending(id, 2)]).toEqual([
      4, 4, 2,
    ]);
    await store.cancel(id, { ...anything, ids: [last] });
    expect(await store.countPending(id, 4)).toBe(3);
    // Expired, but not written down yet: looked at only where the index alone would reach the limit.
    await withClient(database.url, (client) =>
      client.query("UPDATE messages SET expires_at = now() - interval '1 hour' WHERE tenant_id = $1 AND recipient = 'a'", [id]),
    );
    expect(await store.countPending(id, 3)).toBe(2);
    expect(await store.countPending(randomUUID(), 3)).toBe(0);
  });

  it('looks many wrong keys up without taking the connections that others need', async () => {
    const { hash } = await createKey((await store.createTenant(someName())).id);
    let lookups: Promise<unknown[]> = Promise.resolve([]);
    await withClient(database.url, async (client) => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE');
      const wrong = Array.from({ length: 64 }, (_, i) => store.findKey(apiKeyHash(`wrong ${i}`)));
      lookups = Promise.all([...wrong, store.findKey(hash)]);
      await new Promise(setImmediate);
      expect(await store.findMessage(randomUUID(), randomUUID())).toBeNull();
      await client.query('COMMIT');
    });
    const found = await lookups;
    expect(found.slice(0, -1)).toEqual(Array(64).fill(null));
    expect(found.at(-1)).toMatchObject({ hash, tenantActive: true });
  });

  it('finds a key by its hash, and tells whether it is good', async () => {
    const { id } = await store.createTenant(someName());
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const { key, hash, record } = await createKey(id, { name: 'a name', expiresAt });
    expect(key).toMatch(/^tk_[A-Za-z0-9_-]{43}$/);
    expect(hash).toEqual(apiKeyHash(key));
    expect(record).toMatchObject({
      tenantId: id,
      prefix: key.slice(0, 8),
      name: 'a name',
      expiresAt,
      revokedAt: null,
      bootstrap: false,
    });
    expect(Object.keys(record)).not.toContain('hash');
    expect(await store.findKey(hash)).toEqual({
      keyId: record.id,
      tenantId: id,
      prefix: record.prefix,
      name: 'a name',
      role: null,
      scope: 'scope',
      hash,
      expiresAt,
      revokedAt: null,
      tenantActive: true,
      tenantLimits: null,
    });
    expect(await store.findKey(apiKeyHash('another'))).toBeNull();
  });

  it('revokes a key once', async () => {
    const { id } = await store.createTenant(someName());
    const { hash, record } = await createKey(id);
    const revoked = await store.revokeKey(record.id);
    expect(revoked?.revokedAt).toBeInstanceOf(Date);
    expect(await store.revokeKey(record.id)).toEqual(revoked);
    expect((await store.findKey(hash))?.revokedAt).toEqual(revoked?.revokedAt);
    expect(await store.revokeKey(randomUUID())).toBeNull();
    expect(await store.revokeKey('nonsense')).toBeNull();
  });

  it('notes the use of a key', async () => {
    const { id } = await store.createTenant(someName());
    const { record } = await createKey(id);
    store.touchKey(record.id);
    await until('its use is noted', async () => (await store.listKeys(id))[0]?.lastUsedAt != null);
  });

  it('deletes a tenant with all that belongs to it, and says first that it is disabled', async () => {
    const name = someName();
    const { id } = await store.createTenant(name);
    const { hash } = await createKey(id);
    const other = await store.createTenant(someName());
    await push(store, other.id, 'r');
    await store.push(pushCall(id, ['r', 's'], { idempotency: someKey('k') }));
    await store.pushGlobal({ tenantId: id, message: 'g', topic: null, expiresAt: null, idempotency: null });
    await store.revoke(id, 'r', HOUR_MS);
    let rowsWhenDisabled = 0;
    const deleted = await store.deleteTenant(name, async (tenant) => {
      expect(tenant.disabledAt).not.toBeNull();
      rowsWhenDisabled = (await store.listMessages(id, anything, null, 10)).items.length;
    });
    expect(deleted).toEqual({ id, rows: 5 });
    expect(rowsWhenDisabled).toBe(2);
    expect(await store.findTenant(name)).toBeNull();
    expect(await store.findKey(hash)).toBeNull();
    expect((await store.listMessages(id, anything, null, 10)).items).toEqual([]);
    expect((await store.listMessages(other.id, anything, null, 10)).items).toHaveLength(1);
    expect(await store.deleteTenant(name)).toBeNull();
  });

  it('makes a first key together with its tenant, once', async () => {
    const name = someName();
    const keys = [newApiKey(), newApiKey(), newApiKey()];
    const first = ({ hash, prefix }: ReturnType<typeof newApiKey>) =>
      store.createFirstKey(name, { hash, prefix, name: 'demo', scope: FULL_SCOPE });
    expect((await Promise.all(keys.map(first))).sort()).toEqual([false, false, true]);
    const id = (await store.findTenant(name))?.id ?? '';
    expect(await store.listKeys(id)).toMatchObject([{ name: 'demo', scope: FULL_SCOPE, expiresAt: null, bootstrap: false }]);
    const { id: cut, name: left } = await store.createTenant(someName());
    expect(await store.createFirstKey(left, { hash: newApiKey().hash, prefix: 'p', name: null, scope: '' })).toBe(true);
    expect(await store.listKeys(cut)).toHaveLength(1);
  });

  it('does not make a tenant whose first key cannot be made', async () => {
    const { id } = await store.createTenant(someName());
    const { hash } = await createKey(id);
    const name = someName();
    await expect(store.createFirstKey(name, { hash, prefix: 'p', name: null, scope: '' })).rejects.toThrow();
    expect(await store.findTenant(name)).toBeNull();
  });

  it('fails to find a key whose expiry or revocation cannot be read, rather than to find it good', async () => {
    const { id } = await store.createTenant(someName());
    for (const column of ['expires_at', 'revoked_at']) {
      const { hash } = await createKey(id);
      await withClient(database.url, (client) =>
        client.query(`UPDATE api_keys SET ${column} = 'infinity' WHERE hash = $1`, [hash]),
      );
      await expect(store.findKey(hash)).rejects.toThrow('the database sent a date that cannot be read');
    }
    expect(store.available).toBe(true);
  });

  it('keeps one bootstrap key: a changed one revokes the former, a revoked one stays revoked', async () => {
    const [first, second] = [newApiKey(), newApiKey()];
    const other = await openStore(database.url);
    await Promise.all([store, other, store].map((node) => node.ensureBootstrapKey(first.hash, first.prefix)));
    const tenant = await store.findTenant('default');
    expect(await store.findKey(first.hash)).toMatchObject({ tenantId: tenant?.id, scope: FULL_SCOPE, revokedAt: null });
    expect(await store.listKeys(tenant?.id ?? '')).toHaveLength(1);
    const { hash } = await createKey(tenant?.id ?? '');
    await store.ensureBootstrapKey(second.hash, second.prefix);
    expect((await store.findKey(first.hash))?.revokedAt).not.toBeNull();
    expect((await store.findKey(second.hash))?.revokedAt).toBeNull();
    expect((await store.findKey(hash))?.revokedAt).toBeNull();
    await store.ensureBootstrapKey(first.hash, first.prefix);
    expect((await store.findKey(first.hash))?.revokedAt).not.toBeNull();
    await other.close();
  });
});
