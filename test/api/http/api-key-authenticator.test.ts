import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type ApiKeyAuthenticator, createApiKeyAuthenticator } from '../../../src/api/http/api-key-authenticator.js';
import { unavailable } from '../../../src/core/domain/errors.js';
import { noLimiter } from '../../../src/core/ports/tenant-limiter.js';
import { until } from '../../support/index.js';
import { KEY, MemoryKeys, startApi } from '../support/api.js';

let now: number;
let store: MemoryKeys;
let keys: ApiKeyAuthenticator;
beforeEach(() => {
  now = 1_800_000_000_000;
  store = new MemoryKeys();
  const clock = { now: () => now };
  keys = createApiKeyAuthenticator({ store, limiter: noLimiter, clock, nodeClock: clock });
});

const code = (promise: Promise<unknown>) => promise.then(() => 'accepted').catch((error) => error.code);
/** Lets look-ups that nobody waits for end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('what is known about a key', () => {
  test('is remembered for a moment', async () => {
    const { tenantId, keyId } = store.add('k');
    expect(await keys.authenticate('k')).toMatchObject({ tenantId, keyId });
    now += 1999;
    await keys.authenticate('k');
    expect(store.lookups).toBe(1);
  });

  test('is refreshed in the background, before anybody has to wait for it', async () => {
    store.add('k');
    await keys.authenticate('k');
    now += 2000;
    await keys.authenticate('k');
    await settled();
    expect(store.lookups).toBe(2);
    now += 1999;
    await keys.authenticate('k');
    expect(store.lookups).toBe(2);
  });

  test('is asked once for all who wait', async () => {
    store.add('k');
    await Promise.all([keys.authenticate('k'), keys.authenticate('k'), keys.authenticate('k')]);
    expect(store.lookups).toBe(1);
  });

  test('is not kept for keys that do not exist: one that is made now works now', async () => {
    expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
    store.add('k');
    expect(await code(keys.authenticate('k'))).toBe('accepted');
  });
});

test('a key that is bad again and again asks the database no more, until it may have become good', async () => {
  for (let i = 0; i < 10; i++) expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
  expect(store.lookups).toBe(2);
  store.add('k');
  now += 3999;
  expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
  now += 1;
  expect(await code(keys.authenticate('k'))).toBe('accepted');
  now += 4000;
  store.add('k', { revokedAt: new Date(now) });
  expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
  store.add('k');
  expect(await code(keys.authenticate('k'))).toBe('accepted');
});

test('a key that is revoked is dead within 5 s, however busy it is', async () => {
  store.add('k');
  await keys.authenticate('k');
  store.add('k', { revokedAt: new Date(now) });
  let answer = 'accepted';
  let waited = 0;
  for (; answer === 'accepted' && waited <= 5000; waited += 100) {
    now += 100;
    answer = await code(keys.authenticate('k'));
    await settled();
  }
  expect(answer).toBe('UNAUTHENTICATED');
  expect(waited).toBeLessThan(5000);
});

test('a key that is revoked is dead on a node whose time of day was put back', async () => {
  const api = await startApi();
  const today = Date.now;
  try {
    expect((await api.call('{ version }')).status).toBe(200);
    jest.spyOn(Date, 'now').mockImplementation(() => today() - 3_600_000);
    api.keys.add(KEY, { revokedAt: new Date() });
    await until('the key to be dead', async () => (await api.call('{ version }')).status === 401, 5_000);
  } finally {
    jest.restoreAllMocks();
    await api.node.stop();
  }
}, 10_000);

test('a key that was not used for a while is looked up before it is believed', async () => {
  store.add('k');
  await keys.authenticate('k');
  store.add('k', { revokedAt: new Date(now) });
  now += 4000;
  expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
});

test('a key expires at its moment, also while it is remembered', async () => {
  store.add('k', { expiresAt: new Date(now + 1000) });
  now += 999;
  expect(await code(keys.authenticate('k'))).toBe('accepted');
  now += 1;
  expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
});

describe('without the database', () => {
  test('a key that was just checked works on, then cannot be checked', async () => {
    store.add('k');
    await keys.authenticate('k');
    store.failure = unavailable('away');
    now += 3999;
    expect(await code(keys.authenticate('k'))).toBe('accepted');
    await settled();
    now += 1;
    expect(await code(keys.authenticate('k'))).toBe('SERVICE_UNAVAILABLE');
    store.failure = null;
    expect(await code(keys.authenticate('k'))).toBe('accepted');
  });

  test('no key at all is refused all the same', async () => {
    store.failure = unavailable('away');
    expect(await code(keys.authenticate(undefined))).toBe('UNAUTHENTICATED');
  });
});

test('a record with another hash is not believed', async () => {
  store.add('k', { hash: Buffer.alloc(32) });
  store.findKey = async () => ({ ...store.add('other') });
  expect(await code(keys.authenticate('k'))).toBe('UNAUTHENTICATED');
});
