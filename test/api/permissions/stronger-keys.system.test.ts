import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newApiKey } from '../../../src/core/domain/api-key.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import { type Installation, startInstallation, type TenantData } from './installation.js';

const P = 'websockets-manager-api';
const HIDE = `${P}:option:hide-text`;
const LIMITED = [...['mutation:createApiKey', 'mutation:revokeApiKey', 'query:apiKeys', 'mutation:pushMessage', 'query:messages']]
  .map((entry) => `${P}:${entry}`)
  .join(' ');
const HOUR_MS = 3_600_000;

const CREATE = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { secret apiKey { id scope role expiresAt createdBy revokedAt } }
}`;
const REVOKE = 'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { id expiresAt revokedAt } }';

let tidings: Installation;
let tenant: TenantData;
beforeAll(async () => {
  tidings = await startInstallation();
  tenant = await tidings.newTenant();
}, 60_000);
afterAll(() => tidings.stop());

const inMs = (ms: number) => new Date(tidings.store.clock.now() + ms);
const keysOf = async ({ tenantId }: TenantData) =>
  (await tidings.store.listKeys(tenantId)).map(({ lastUsedAt: _, ...key }) => key);

/** A key that tries, with an end of each kind. */
async function newKey(scope: string, end: { expiresAt?: Date; at?: Date } = {}) {
  const made = await tidings.makeKey(tenant.tenantId, scope, end.expiresAt ?? null);
  if (end.at) await tidings.store.revokeOwnKey({ tenantId: tenant.tenantId, id: made.id, at: end.at, descendants: false });
  return made;
}

/** Tries, and returns the code of the refusal; fails if a key was made or changed. */
async function refusal(key: string, query: string, input: object): Promise<unknown> {
  const before = await keysOf(tenant);
  const told = await tidings.ask(key, query, { input });
  expect(await keysOf(tenant)).toEqual(before);
  expect(told.data?.createApiKey ?? null).toBeNull();
  return told.errors?.[0]?.extensions.code;
}

describe('a key that may make keys cannot make one', () => {
  test.each([
    ['that reads all', `${P}:query:*`, 'FORBIDDEN'],
    ['that writes all', `${P}:mutation:*`, 'FORBIDDEN'],
    ['that follows all', `${P}:subscription:*`, 'FORBIDDEN'],
    ['that administers', `${P}:admin:*`, 'FORBIDDEN'],
    ['that reads one thing more', `${P}:query:message`, 'FORBIDDEN'],
    ['that does one thing more, behind its own entries', `${LIMITED} ${P}:mutation:eraseRecipient`, 'FORBIDDEN'],
    ['on another line', `${LIMITED}\n\t${P}:mutation:*`, 'FORBIDDEN'],
    ['behind another blank', `${LIMITED}\u00a0${P}:mutation:*`, 'FORBIDDEN'],
    ['and hides it behind an option', `${P}:mutation:* ${HIDE}`, 'FORBIDDEN'],
    ['with all but the name of a *', `${P}:mutation:* ${LIMITED}`, 'FORBIDDEN'],
    ['with administration by name of a field', `${P}:admin:createApiKey`, 'BAD_USER_INPUT'],
    ['in capitals', `${P}:MUTATION:*`, 'BAD_USER_INPUT'],
    ['with a zero-width blank', `${LIMITED}\u200b${P}:mutation:*`, 'BAD_USER_INPUT'],
    ['with other colons', `${P}\uff1amutation\uff1a*`, 'BAD_USER_INPUT'],
    ['with a comma', `${LIMITED},${P}:mutation:*`, 'BAD_USER_INPUT'],
    ['with a NUL', `${LIMITED}\0 ${P}:mutation:*`, 'BAD_USER_INPUT'],
    ['with a pattern', `${P}:mutation:push*`, 'BAD_USER_INPUT'],
    ['with any operation', `${P}:*:*`, 'BAD_USER_INPUT'],
    ['with *', '*', 'BAD_USER_INPUT'],
    ['with an option that takes nothing away', `${LIMITED} ${P}:option:show-text`, 'BAD_USER_INPUT'],
    ['with the schema as a field', `${P}:query:__schema`, 'BAD_USER_INPUT'],
    ['with a field of a later version', `${P}:query:fieldOfALaterVersion`, 'BAD_USER_INPUT'],
    ['with more than fits', `${P}:mutation:pushMessage `.repeat(200), 'BAD_USER_INPUT'],
  ])('%s', async (_name, scope, code) => {
    const { key } = await newKey(LIMITED);
    expect(await refusal(key, CREATE, { scope })).toBe(code);
  });

  test('with a * though it has every field of the operation by name', async () => {
    const { key } = await newKey(`${LIMITED} ${P}:query:*`);
    expect(await refusal(key, CREATE, { scope: `${P}:mutation:*` })).toBe('FORBIDDEN');
    expect(await refusal(key, CREATE, { scope: `${P}:admin:*` })).toBe('FORBIDDEN');
  });

  test('with administration that its own * does not cover', async () => {
    const { key } = await newKey(`${P}:query:* ${P}:mutation:* ${P}:mutation:createApiKey`);
    for (const entry of ['mutation:revokeApiKey', 'query:apiKeys', 'admin:*']) {
      expect(await refusal(key, CREATE, { scope: `${P}:${entry}` })).toBe('FORBIDDEN');
    }
  });

  test.each(['role', 'options', 'tenantId', 'createdBy', 'id', 'secret', 'bootstrap', 'revokedAt'])(
    'by saying what its %s is',
    async (name) => {
      const { key } = await newKey(LIMITED);
      expect(await refusal(key, CREATE, { scope: '', [name]: 'full' })).toBe('BAD_USER_INPUT');
    },
  );

  test('that sees texts, if they are hidden from itself', async () => {
    const { key } = await newKey(`${FULL_SCOPE} ${HIDE} ${P}:mutation:createApiKey`);
    for (const scope of ['', HIDE, LIMITED, FULL_SCOPE, `${FULL_SCOPE} ${HIDE}`]) {
      expect(await refusal(key, CREATE, { scope })).toBe('FORBIDDEN');
    }
  });

  test('that outlives it', async () => {
    const end = inMs(HOUR_MS);
    for (const { key } of [await newKey(FULL_SCOPE, { expiresAt: end }), await newKey(FULL_SCOPE, { at: end })]) {
      for (const expiresAt of [undefined, null, new Date(end.getTime() + 1).toISOString(), '9999-12-31T23:59:59Z']) {
        expect(await refusal(key, CREATE, { scope: '', expiresAt })).toBe('FORBIDDEN');
      }
      expect(await refusal(key, CREATE, { scope: '', expiresAt: inMs(-1000).toISOString() })).toBe('BAD_USER_INPUT');
      const told = await tidings.ask(key, CREATE, { input: { scope: FULL_SCOPE, expiresAt: end.toISOString() } });
      expect(told.data?.createApiKey).toMatchObject({ apiKey: { expiresAt: end.toISOString() } });
    }
  });

  test('through one that it makes, nor through one of those', async () => {
    const end = inMs(HOUR_MS).toISOString();
    let { key } = await newKey(LIMITED);
    for (let generation = 0; generation < 3; generation++) {
      for (const scope of [FULL_SCOPE, `${LIMITED} ${P}:query:message`]) {
        expect(await refusal(key, CREATE, { scope, expiresAt: end })).toBe('FORBIDDEN');
      }
      const told = await tidings.ask(key, CREATE, { input: { scope: LIMITED, expiresAt: end } });
      const made = told.data?.createApiKey as { secret: string; apiKey: object };
      expect(made.apiKey).toMatchObject({ scope: LIMITED, role: null, expiresAt: end });
      key = made.secret;
    }
    expect(await refusal(key, CREATE, { scope: LIMITED })).toBe('FORBIDDEN');
  });

  test('in the seconds after its revocation, in which a node still believes in it', async () => {
    const { id, key } = await newKey(FULL_SCOPE);
    expect((await tidings.ask(key, '{ version }')).status).toBe(200);
    await tidings.store.revokeKey(id);
    expect(await refusal(key, CREATE, { scope: '' })).toBe('UNAUTHENTICATED');
    await tidings.untilRefused(key);
  });

  test('beside others in one call', async () => {
    const { key } = await newKey(LIMITED);
    const before = (await keysOf(tenant)).length;
    const one = (alias: string, scope: string) => `${alias}: createApiKey(input: { scope: "${scope}" }) { apiKey { scope } }`;
    const told = await tidings.ask(key, `mutation { ${one('a', '')} ${one('b', FULL_SCOPE)} ${one('c', LIMITED)} }`);
    expect(told.data).toEqual({ a: { apiKey: { scope: '' } }, b: null, c: { apiKey: { scope: LIMITED } } });
    expect(told.errors).toMatchObject([{ path: ['b'], extensions: { code: 'FORBIDDEN' } }]);
    expect((await keysOf(tenant)).length).toBe(before + 2);
  });

  test('by a name that a start looks for', async () => {
    const maker = await newKey(LIMITED);
    const told = await tidings.ask(maker.key, CREATE, { input: { scope: LIMITED, name: 'demo' } });
    const { apiKey } = (told.data?.createApiKey ?? {}) as { apiKey: { id: string } };
    await tidings.ask(maker.key, CREATE, { input: { scope: LIMITED, name: 'BOOTSTRAP_API_KEY' } });
    const before = await keysOf(tenant);
    await tidings.store.widenFirstKey(tenant.name, 'demo');
    const { hash, prefix } = newApiKey();
    await tidings.store.ensureBootstrapKey(hash, prefix);
    expect(await keysOf(tenant)).toEqual(before);
    expect(before.find(({ id }) => id === apiKey.id)).toMatchObject({ scope: LIMITED, bootstrap: false, role: null });
  });
});

describe('a key that is to be revoked', () => {
  test('cannot put that off, nor can another', async () => {
    const at = inMs(HOUR_MS);
    const { id, key } = await newKey(FULL_SCOPE, { at });
    const { key: other } = await newKey(LIMITED);
    for (const caller of [key, other]) {
      for (const later of [new Date(at.getTime() + 1).toISOString(), '9999-12-31T23:59:59Z']) {
        const told = await tidings.ask(caller, REVOKE, { input: { id, at: later, descendants: false } });
        expect(told.data?.revokeApiKey).toEqual({ id, expiresAt: null, revokedAt: at.toISOString() });
      }
      expect(await refusal(caller, REVOKE, { id, at: inMs(-1000).toISOString() })).toBe('BAD_USER_INPUT');
    }
    const told = await tidings.ask(key, '{ currentKey { apiKey { revokedAt } } }');
    expect(told.data?.currentKey).toEqual({ apiKey: { revokedAt: at.toISOString() } });
  });

  test('works until its moment, and not after it', async () => {
    const { id, key } = await newKey(FULL_SCOPE);
    const at = inMs(300).toISOString();
    const told = await tidings.ask(key, REVOKE, { input: { id, at } });
    expect(told.data?.revokeApiKey).toEqual({ id, expiresAt: null, revokedAt: at });
    expect((await tidings.ask(key, '{ currentKey { apiKey { id } } }')).status).toBe(200);
    await tidings.untilRefused(key);
    expect(tidings.store.clock.now()).toBeGreaterThanOrEqual(Date.parse(at));
  });
});

describe('a key that may revoke keys cannot revoke', () => {
  test('another tenant’s', async () => {
    const other = await tidings.newTenant();
    const before = await keysOf(other);
    const { key } = await newKey(FULL_SCOPE);
    for (const id of [other.keyId, other.keyId.toUpperCase(), other.spareKeyId, other.tenantId, 'nonsense', '']) {
      const told = await tidings.ask(key, REVOKE, { input: { id, descendants: true } });
      expect(told).toMatchObject({ status: 200, data: { revokeApiKey: null } });
      expect(told.errors).toBeUndefined();
    }
    expect(await keysOf(other)).toEqual(before);
  });

  test('the one that a variable names', async () => {
    const { hash, prefix, key } = newApiKey();
    await tidings.store.ensureBootstrapKey(hash, prefix);
    const told = await tidings.ask(key, '{ currentKey { apiKey { id role scope } tenant limits { policy } } }');
    const { apiKey } = (told.data?.currentKey ?? {}) as { apiKey: { id: string } };
    expect(told.data?.currentKey).toEqual({
      apiKey: { id: apiKey.id, role: 'full', scope: FULL_SCOPE },
      tenant: 'default',
      limits: [],
    });
    for (const rest of [{}, { at: inMs(HOUR_MS).toISOString() }, { descendants: true }]) {
      const refused = await tidings.ask(key, REVOKE, { input: { id: apiKey.id, ...rest } });
      expect(refused.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
    expect((await tidings.store.findKey(hash))?.revokedAt).toBeNull();
  });
});

test('what was made is never more than its maker, whatever was tried', async () => {
  const keys = await keysOf(tenant);
  const byId = new Map(keys.map((key) => [key.id, key]));
  const made = keys.filter(({ createdBy }) => createdBy !== null);
  expect(made.length).toBeGreaterThan(5);
  for (const key of made) {
    const maker = byId.get(key.createdBy ?? '');
    const entries = maker?.scope.split(' ') ?? [];
    for (const entry of key.scope.split(' ').filter(Boolean)) expect(entries).toContain(entry);
    const ends = [maker?.expiresAt, maker?.revokedAt].filter((end) => end instanceof Date);
    for (const end of ends) expect(key.expiresAt?.getTime()).toBeLessThanOrEqual(end.getTime());
  }
});
