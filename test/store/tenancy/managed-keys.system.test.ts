import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '../../../src/core/domain/api-key.js';
import { LIMITS } from '../../../src/core/domain/limits.js';
import { FULL_SCOPE, scopeOfRole } from '../../../src/core/domain/roles.js';
import type { ApiKeyRecord } from '../../../src/core/ports/stores/api-key-store.js';
import { withClient } from '../../../src/store/database/migrations.js';
import type { Store } from '../../../src/store/index.js';
import { HOUR_MS } from '../../contract/store-harness.js';
import { createDatabase, type TestDatabase, until } from '../../support/index.js';
import { openStore } from '../open.js';

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

const sql = (text: string, values: unknown[] = []) =>
  withClient(database.url, async (client) => (await client.query(text, values)).rows);

const newTenant = async () => (await store.createTenant(`tenant ${randomUUID()}`)).id;
const later = (ms = HOUR_MS) => new Date(store.clock.now() + ms);

/** A key as an operator makes it. */
const operatorsKey = (tenantId: string, rest: { expiresAt?: Date; scope?: string; role?: string } = {}) => {
  const { hash, prefix } = newApiKey();
  return store.createKey({ tenantId, hash, prefix, name: null, scope: FULL_SCOPE, expiresAt: null, ...rest });
};

/** A key as another one makes it. */
const make = ({ tenantId, id: keyId }: ApiKeyRecord, expiresAt: Date | null = null, scope = '') => {
  const { hash, prefix } = newApiKey();
  return store.makeKey({ maker: { tenantId, keyId }, hash, prefix, name: 'made', scope, expiresAt });
};
const revoke = ({ tenantId, id }: ApiKeyRecord, rest: { at?: Date; descendants?: boolean } = {}) =>
  store.revokeOwnKey({ tenantId, id, at: null, descendants: false, ...rest });
const now = async (tenantId: string) => new Map((await store.listKeys(tenantId)).map((key) => [key.id, key]));

describe('a key that makes keys', () => {
  it('gives them its role, and is known as their maker', async () => {
    const maker = await operatorsKey(await newTenant(), { role: 'full' });
    const made = await make(maker, later());
    expect(made).toMatchObject({ tenantId: maker.tenantId, role: 'full', createdBy: maker.id, name: 'made', revokedAt: null });
    expect(await store.listKeys(maker.tenantId)).toEqual([maker, made]);
    expect(maker.createdBy).toBeNull();
    const found = await store.findOwnKey(maker.tenantId, made.id);
    expect(found).toEqual({ apiKey: made, tenant: expect.stringMatching(/^tenant /) });
    expect(await store.findOwnKey(await newTenant(), made.id)).toBeNull();
  });

  it('makes none that outlives it, whether it expires or is to be revoked', async () => {
    const tenantId = await newTenant();
    const end = later();
    for (const maker of [await operatorsKey(tenantId, { expiresAt: end }), await operatorsKey(tenantId)]) {
      if (maker.expiresAt === null) await revoke(maker, { at: end });
      await expect(make(maker, null)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(make(maker, new Date(end.getTime() + 1))).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect((await make(maker, end)).expiresAt).toEqual(end);
    }
    const both = await operatorsKey(tenantId, { expiresAt: later(2 * HOUR_MS) });
    await revoke(both, { at: end });
    await expect(make(both, later(2 * HOUR_MS))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await make(both, end)).expiresAt).toEqual(end);
  });

  it('makes none once it has ended, though a node still believes in it', async () => {
    const tenantId = await newTenant();
    const [revoked, expired, planned] = [
      await operatorsKey(tenantId),
      await operatorsKey(tenantId),
      await operatorsKey(tenantId),
    ];
    await store.revokeKey(revoked.id);
    await sql(`UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = $1`, [expired.id]);
    await revoke(planned, { at: later(20) });
    await until('the key has ended', async () => {
      const error = await make(planned, new Date(store.clock.now())).catch(({ code }) => code);
      return error === 'UNAUTHENTICATED';
    });
    for (const key of [revoked, expired]) await expect(make(key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(make({ ...revoked, id: randomUUID() })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const foreign = await operatorsKey(await newTenant());
    await expect(make({ ...foreign, tenantId })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('makes the 1,000th of a tenant that is alive, and not the next', async () => {
    const maker = await operatorsKey(await newTenant());
    await sql(
      `INSERT INTO api_keys (id, tenant_id, hash, prefix, scope)
       SELECT gen_random_uuid(), $1::uuid, sha256(convert_to($1::uuid::text || i, 'UTF8')), 'p', '' FROM generate_series(1, $2::int) i`,
      [maker.tenantId, LIMITS.keysPerTenant - 2],
    );
    const last = await make(maker);
    await expect(make(maker)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', details: { limit: 1000 } });
    await revoke(last);
    const again = await Promise.allSettled([make(maker), make(maker), make(maker)]);
    expect(again.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('cannot fill the table with keys that have ended, nor lose those that come from one', async () => {
    const first = await operatorsKey(await newTenant());
    const middle = await make(first);
    const last = await make(middle);
    await revoke(middle);
    // As if thousands had been made and revoked since.
    await sql(
      `INSERT INTO api_keys (id, tenant_id, hash, prefix, scope, revoked_at)
       SELECT gen_random_uuid(), $1::uuid, sha256(convert_to($1::uuid::text || i, 'UTF8')), 'p', '', now() + interval '1 s' FROM generate_series(1, 1050) i`,
      [first.tenantId],
    );
    const count = async () => (await store.listKeys(first.tenantId)).length;
    const before = await count();
    const made = await make(first);
    expect(await count()).toBe(before - 1);
    const keys = await now(first.tenantId);
    expect(keys.has(middle.id)).toBe(false);
    expect(keys.get(last.id)).toMatchObject({ createdBy: middle.id, revokedAt: null });
    await revoke(first, { descendants: true });
    const revoked = await now(first.tenantId);
    for (const { id } of [first, last, made]) expect(revoked.get(id)?.revokedAt).toBeInstanceOf(Date);
  });
});

describe('a revocation', () => {
  it('is now, or at the earliest moment that was asked for', async () => {
    const expiresAt = later(3 * HOUR_MS);
    const key = await operatorsKey(await newTenant(), { expiresAt });
    const [at, sooner] = [later(2 * HOUR_MS), later(HOUR_MS)];
    expect(await revoke(key, { at })).toEqual({ ...key, revokedAt: at });
    expect(await revoke(key, { at: sooner })).toEqual({ ...key, revokedAt: sooner });
    expect(await revoke(key, { at })).toEqual({ ...key, revokedAt: sooner });
    const revoked = await revoke(key);
    expect(revoked?.expiresAt).toEqual(expiresAt);
    expect(revoked?.revokedAt?.getTime()).toBeLessThan(sooner.getTime());
    expect(await revoke(key)).toEqual(revoked);
    expect(await revoke(key, { at: sooner })).toEqual(revoked);
    expect(await store.revokeKey(key.id)).toEqual(revoked);
    expect(await now(key.tenantId)).toEqual(new Map([[key.id, revoked]]));
  });

  it('that is planned behind the expiry changes nothing of that', async () => {
    const expiresAt = later();
    const { hash, prefix } = newApiKey();
    const tenantId = await newTenant();
    const key = await store.createKey({ tenantId, hash, prefix, name: null, scope: '', expiresAt });
    const at = later(2 * HOUR_MS);
    expect(await revoke(key, { at })).toEqual({ ...key, revokedAt: at });
    expect(await store.findKey(hash)).toMatchObject({ expiresAt, revokedAt: null });
  });

  it('takes a key, or all that come from it as well', async () => {
    const root = await operatorsKey(await newTenant());
    const [child, other] = [await make(root), await make(root)];
    const grandchild = await make(child);
    await revoke(child);
    const alive = async () =>
      [...(await now(root.tenantId)).values()].filter(({ revokedAt }) => revokedAt === null).map(({ id }) => id);
    expect(await alive()).toEqual([root.id, other.id, grandchild.id]);
    await revoke(child, { descendants: true });
    expect(await alive()).toEqual([root.id, other.id]);
    const at = later();
    await revoke(root, { at, descendants: true });
    const keys = await now(root.tenantId);
    expect([keys.get(root.id)?.revokedAt, keys.get(other.id)?.revokedAt]).toEqual([at, at]);
    expect(keys.get(grandchild.id)?.revokedAt?.getTime()).toBeLessThan(at.getTime());
  });

  it('takes what is made at the same moment, or that is refused', async () => {
    const root = await operatorsKey(await newTenant());
    const child = await make(root);
    const making = Promise.allSettled(Array.from({ length: 8 }, () => make(child)));
    await revoke(root, { descendants: true });
    await making;
    const keys = [...(await now(root.tenantId)).values()];
    expect(keys.filter(({ revokedAt }) => revokedAt === null)).toEqual([]);
  });

  it('reaches no key of another tenant, and none that there is not', async () => {
    const key = await operatorsKey(await newTenant());
    expect(await revoke({ ...key, tenantId: await newTenant() }, { descendants: true })).toBeNull();
    expect(await revoke({ ...key, id: randomUUID() })).toBeNull();
    expect(await now(key.tenantId)).toEqual(new Map([[key.id, key]]));
  });

  it('of the bootstrap key is its variable’s, or the operator’s with all that it made', async () => {
    const { hash, prefix } = newApiKey();
    await store.ensureBootstrapKey(hash, prefix);
    const tenant = await store.findTenant('default');
    const [key] = await store.listKeys(tenant?.id ?? '');
    if (!key) throw new Error('no key');
    expect(key).toMatchObject({ role: 'full', scope: FULL_SCOPE, bootstrap: true });
    for (const rest of [{}, { at: later() }, { descendants: true }]) {
      await expect(revoke(key, rest)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    const made = await make(key);
    expect((await store.findKey(hash))?.revokedAt).toBeNull();
    await store.revokeKey(key.id, true);
    const keys = await now(key.tenantId);
    expect([keys.get(key.id)?.revokedAt, keys.get(made.id)?.revokedAt]).toEqual([expect.any(Date), expect.any(Date)]);
  });
});

describe('a node of the former version', () => {
  /** Its look-up and its judgement, to the letter. */
  async function formerly(presented: string | Buffer): Promise<{ scope: string } | null> {
    const hash = createHash('sha256').update(presented).digest();
    const [found] = await sql(
      `SELECT k.id, k.tenant_id, k.scope, k.hash, k.expires_at, k.revoked_at, t.disabled_at IS NULL AS active
       FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = ANY($1::bytea[])`,
      [[hash]],
    );
    if (!found || found.hash.length !== hash.length || !timingSafeEqual(found.hash, hash)) return null;
    if (found.revoked_at !== null || !found.active) return null;
    return found.expires_at !== null && store.clock.now() >= found.expires_at.getTime() ? null : found;
  }

  it('cannot find a key with options, whatever it is shown', async () => {
    const tenantId = await newTenant();
    const { key, hash, prefix } = newApiKey();
    const scope = scopeOfRole('support');
    await store.createKey({ tenantId, hash, prefix, name: null, scope, role: 'support', expiresAt: null });
    const [stored] = await sql('SELECT hash FROM api_keys WHERE tenant_id = $1', [tenantId]);
    const shown = [key, hash, Buffer.concat([Buffer.of(1), hash]), stored.hash, hash.toString('hex'), `\u0001${key}`];
    for (const presented of shown) expect(await formerly(presented)).toBeNull();
    expect(await store.findKey(hash)).toMatchObject({ hash, scope, role: 'support', tenantActive: true });
    expect(await store.findKey(Buffer.concat([Buffer.of(1), hash]))).toBeNull();

    const maker = await operatorsKey(tenantId);
    const made = newApiKey();
    await store.makeKey({ maker: { tenantId, keyId: maker.id }, ...made, name: null, scope, expiresAt: null });
    expect(await formerly(made.key)).toBeNull();
    expect(await store.findKey(made.hash)).toMatchObject({ scope });
  });

  it('obeys a planned revocation, not before its moment', async () => {
    const tenantId = await newTenant();
    const { key, hash, prefix } = newApiKey();
    const record = await store.createKey({ tenantId, hash, prefix, name: null, scope: FULL_SCOPE, expiresAt: null });
    await revoke(record, { at: later(150) });
    expect(await formerly(key)).toMatchObject({ scope: FULL_SCOPE });
    await until('the moment has passed', async () => (await formerly(key)) === null);
  });
});

describe('the next start', () => {
  const FORMER = 'websockets-manager-api:query:* websockets-manager-api:mutation:* websockets-manager-api:subscription:*';

  it('gives all that full scope says now to the bootstrap key of a former version', async () => {
    const { hash, prefix } = newApiKey();
    await store.ensureBootstrapKey(hash, prefix);
    await sql('UPDATE api_keys SET scope = $2, role = NULL WHERE hash = $1', [hash, FORMER]);
    await store.ensureBootstrapKey(hash, prefix);
    expect(await store.findKey(hash)).toMatchObject({ scope: FULL_SCOPE, role: 'full' });
  });

  it('leaves a key alone that an operator made and named again as the bootstrap key', async () => {
    const tenantId = await newTenant();
    for (const scope of [FORMER, scopeOfRole('support')]) {
      const { hash, prefix } = newApiKey();
      const { id } = await store.createKey({ tenantId, hash, prefix, name: null, scope, expiresAt: null });
      await store.ensureBootstrapKey(hash, prefix);
      expect(await store.findKey(hash)).toMatchObject({ keyId: id, scope });
    }
  });

  it('gives it to the demo key of a former version, and to none that only looks like it', async () => {
    const name = `demo ${randomUUID()}`;
    const [demo, ...others] = Array.from({ length: 5 }, () => newApiKey());
    if (!demo) throw new Error('no key');
    await store.createFirstKey(name, { ...demo, name: 'demo', scope: FORMER });
    const { id: tenantId = '' } = (await store.findTenant(name)) ?? {};
    const widened = async () => {
      await store.widenFirstKey(name, 'demo');
      return (await store.listKeys(tenantId)).map(({ scope, role }) => `${scope} ${role}`);
    };
    // Made by this version: it has no reason to have less.
    expect(await widened()).toEqual([`${FORMER} null`]);
    for (const { hash, prefix } of others) {
      await store.createKey({ tenantId, hash, prefix, name: 'demo', scope: FORMER, expiresAt: null });
    }
    await sql(`UPDATE api_keys SET created_at = created_at - interval '1 day' WHERE tenant_id = $1`, [tenantId]);
    expect(await widened()).toEqual([`${FULL_SCOPE} full`, ...others.map(() => `${FORMER} null`)]);
    await sql('UPDATE api_keys SET scope = $2 WHERE tenant_id = $1', [tenantId, `${FORMER} `]);
    expect(await widened()).toEqual(Array(5).fill(expect.stringContaining(`${FORMER} `)));
  });
});
