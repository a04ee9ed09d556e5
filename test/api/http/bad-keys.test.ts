import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BadKeys } from '../../../src/api/http/bad-keys.js';
import { systemTimers } from '../../../src/lib/time/timers.js';
import { KEY, startApi, type TestApi } from '../support/api.js';

const PER_MINUTE = 20;
const QUERY = '{ version }';

describe('bad keys of an address', () => {
  let now: number;
  let api: TestApi;
  beforeEach(async () => {
    now = 1_000;
    api = await startApi({
      config: {
        host: '127.0.0.1',
        port: 0,
        tokenTtlMs: 3_600_000,
        activityRetentionMs: 7 * 86_400_000,
        trustProxy: ['127.0.0.1'],
      },
      timers: { ...systemTimers, now: () => now },
    });
  });
  afterEach(() => api.node.stop());

  const call = (key: string, address = '192.0.2.1') => api.call(QUERY, {}, { key, headers: { 'x-forwarded-for': address } });
  const statuses = async (count: number, address: (i: number) => string) => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push((await call(`tk_bad_${i}`, address(i))).status);
    return found;
  };

  test('get 429 beyond 20 a minute, with the seconds to wait; a good one is served all the same', async () => {
    expect(await statuses(PER_MINUTE, () => '192.0.2.1')).toEqual(Array(PER_MINUTE).fill(401));
    now += 20_000;
    const refused = await call('tk_bad');
    expect(refused).toMatchObject({ status: 429, body: { errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 40 } }] } });
    expect(refused.headers.get('retry-after')).toBe('40');
    expect(await call(KEY)).toMatchObject({ status: 200, body: { data: { version: '1.2.3' } } });
    api.keys.add('tk_never_seen');
    expect((await call('tk_never_seen')).status).toBe(200);
    now += 40_000;
    expect((await call('tk_bad')).status).toBe(401);
  });

  test('are those of one address alone, as the trusted proxy names it', async () => {
    await statuses(PER_MINUTE + 1, () => '192.0.2.1');
    expect((await call('tk_bad', '192.0.2.2')).status).toBe(401);
    expect((await call('tk_bad', '192.0.2.1, 127.0.0.1')).status).toBe(429);
    expect((await call('tk_bad', '192.0.2.9, 192.0.2.1')).status).toBe(429);
    expect((await call('tk_bad', '::ffff:192.0.2.1')).status).toBe(429);
  });

  test('are those of an IPv6 network of 64 bits', async () => {
    const found = await statuses(PER_MINUTE + 1, (i) => `2001:db8:0:1::${i.toString(16)}`);
    expect(found).toEqual([...Array(PER_MINUTE).fill(401), 429]);
    expect((await call('tk_bad', '2001:db8:0:2::1')).status).toBe(401);
  });

  test('do not count where no key is given', async () => {
    for (let i = 0; i <= PER_MINUTE; i++) expect((await call('')).status).toBe(401);
    expect((await call('tk_bad')).status).toBe(401);
  });
});

test('an address that nobody trusts to be true is not believed', async () => {
  const api = await startApi();
  const call = (i: number) => api.call(QUERY, {}, { key: `tk_bad_${i}`, headers: { 'x-forwarded-for': `192.0.2.${i}` } });
  for (let i = 0; i < PER_MINUTE; i++) expect((await call(i)).status).toBe(401);
  expect((await call(PER_MINUTE)).status).toBe(429);
  await api.node.stop();
});

test('what a proxy forwards as no address is one caller', () => {
  const badKeys = new BadKeys(() => 0);
  for (let i = 0; i < PER_MINUTE; i++) expect(badKeys.count(`nonsense ${i}`)).toBeNull();
  expect(badKeys.count('')).toBe(60);
});
