import { afterEach, describe, expect, test } from '@jest/globals';
import { NO_LIMITS, type OwnLimits } from '../../src/core/domain/tenant-limits.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { LimitStore } from '../../src/core/ports/stores/limit-store.js';
import { LimitedTenants } from '../../src/limits/limited-tenants.js';
import { printedBlock } from '../support/documents.js';
import { TurnedTimers } from '../support/turned-timers.js';
import { type Answer, KEY, startApi, type TestApi } from './support/api.js';
import { fakeLive } from './support/live.js';

const stops: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Starts an API whose tenant has limits, by buckets of its own and in fake time. */
async function start(limits: OwnLimits) {
  const timers = new TurnedTimers();
  const counted = { pending: 0 };
  const store: LimitStore = { ownLimits: async () => limits, countPending: async () => counted.pending };
  const limiter = new LimitedTenants({ defaults: NO_LIMITS, store, server: null, timers, metrics: noMetrics });
  const live = fakeLive();
  const api = await startApi({ limiter, live });
  stops.push(() => api.node.stop());
  api.keys.add(KEY, { tenantId: api.tenantId, tenantLimits: limits });
  const push = (input: object, api_: TestApi = api) =>
    api_.call('mutation ($input: MessageInput!) { pushMessage(input: $input) { index item { id } error { code } } }', {
      input: { recipients: ['a'], message: 'hello', ...input },
    });
  return { api, timers, counted, push, call: api.call };
}

const refusal = ({ body }: Answer) => body.errors?.[0]?.extensions;

describe('requests', () => {
  test('are counted per root field, in their order; the rest of the request goes on', async () => {
    const { call } = await start({ requests: 1 });
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `m${i}: message(id: "x") { id }`).join(' ');
    const { status, body, headers } = await call(`{ ${fields(12)} }`);
    expect(status).toBe(200);
    expect(body.errors?.map(({ path }) => path?.[0])).toEqual(['m10', 'm11']);
    expect(body.errors?.[1]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: 1, policy: 'requests', limit: 1 });
    expect(headers.get('retry-after')).toBe('1');
  });

  test('are refused with 429 where nothing was done, and let through after the time that it names', async () => {
    const { call, timers, api } = await start({ requests: 1 });
    await call(`{ ${Array.from({ length: 10 }, (_, i) => `v${i}: message(id: "x") { id }`).join(' ')} }`);
    const { status, headers, body } = await call(
      'mutation { pushMessage(input: { recipients: ["a"], message: "m" }) { index } }',
    );
    expect([status, headers.get('retry-after'), body.data]).toEqual([429, '1', null]);
    expect(api.store.calls).not.toContain('push');
    timers.forward(1000);
    expect((await call('{ version }')).status).toBe(200);
    // A field that may not be null empties the answer.
    expect((await call('{ version }')).status).toBe(429);
  });

  test('are judged before anything else', async () => {
    const { call, api } = await start({ requests: 1 });
    await call(`{ ${Array.from({ length: 10 }, (_, i) => `v${i}: message(id: "x") { id }`).join(' ')} }`);
    expect(refusal(await call('{ messages(limit: 0) { nextToken } }'))).toMatchObject({ policy: 'requests' });
    api.keys.add('tk_narrow', { tenantId: api.tenantId, scope: '', tenantLimits: { requests: 1 } });
    expect(refusal(await call('{ version }', {}, { key: 'tk_narrow' }))).toMatchObject({ policy: 'requests' });
  });
});

describe('recipients and bytes', () => {
  test('are those of the push; a call larger than the bucket is taken from a full one, and delays the next', async () => {
    const { push, timers } = await start({ recipients: 1, bytes: 10 });
    expect((await push({ recipients: ['a', 'b', 'b', ''], message: '1234567890' })).status).toBe(200);
    const beyond = await push({ recipients: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] });
    expect([beyond.status, refusal(beyond)]).toEqual([
      429,
      { code: 'RATE_LIMITED', retryAfter: 1, policy: 'recipients', limit: 1 },
    ]);
    expect(refusal(await push({ message: 'x'.repeat(81) }))).toMatchObject({ policy: 'bytes', limit: 10, retryAfter: 1 });
    timers.forward(10_000);
    expect((await push({ recipients: Array.from({ length: 30 }, (_, i) => `r${i}`), message: 'x' })).status).toBe(200);
    expect(refusal(await push({ message: 'x' }))).toMatchObject({ policy: 'recipients', retryAfter: 21 });
  });

  test('of a repetition cost nothing; it costs one request', async () => {
    const { push, api } = await start({ requests: 1, recipients: 1, bytes: 10 });
    const first = await push({ recipients: ['a', 'b'], idempotencyKey: 'k' });
    const left = first.headers.get('ratelimit');
    expect(left).toBe('"recipients";r=8;t=2, "requests";r=9;t=1, "bytes";r=90;t=1');
    const again = await push({ recipients: ['a', 'b'], idempotencyKey: 'k' });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('ratelimit')).toBe('"recipients";r=8;t=2, "requests";r=8;t=2, "bytes";r=90;t=1');
    expect(refusal(await push({ recipients: ['other'], idempotencyKey: 'k' }))).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    // A repetition at the same moment is found out under the key's lock.
    const { push: write } = api.store;
    api.store.push = async (call) => ({ ...(await write.call(api.store, call)), replayed: true });
    const late = await push({ recipients: ['a', 'b'], idempotencyKey: 'k2' });
    expect(late.headers.get('ratelimit')).toBe('"recipients";r=8;t=2, "requests";r=6;t=4, "bytes";r=90;t=1');
  });

  test('of a push that is refused or fails cost nothing, unless it may have taken place', async () => {
    const { push, api } = await start({ recipients: 1 });
    const left = async (input: object) => (await push(input)).headers.get('ratelimit');
    expect(await left({ expiresAt: '2020-01-01' })).toBe('"recipients";r=10;t=0');
    const { unavailable } = await import('../../src/core/domain/errors.js');
    api.store.failure = unavailable('away');
    expect(await left({})).toBe('"recipients";r=10;t=0');
    api.store.failure = unavailable('broke', 'UNKNOWN');
    expect(await left({})).toBe('"recipients";r=9;t=1');
  });

  test('of a global message are its bytes, and one recipient', async () => {
    const { call } = await start({ recipients: 1, bytes: 10 });
    const { headers } = await call('mutation { pushGlobalMessage(input: { message: "1234567890" }) { id } }');
    expect(headers.get('ratelimit')).toBe('"recipients";r=9;t=1, "bytes";r=90;t=1');
  });
});

describe('pending messages', () => {
  test('beyond the limit refuse pushes of both kinds, but no repetition', async () => {
    const { push, counted, call, timers } = await start({ pending: 2 });
    expect((await push({ idempotencyKey: 'k' })).body.errors).toBeUndefined();
    counted.pending = 2;
    timers.forward(10_001);
    const { status, body } = await push({});
    expect([status, body.errors?.[0]?.extensions]).toEqual([200, { code: 'QUOTA_EXCEEDED', policy: 'pending', limit: 2 }]);
    expect(refusal(await call('mutation { pushGlobalMessage(input: { message: "m" }) { id } }'))).toMatchObject({
      policy: 'pending',
    });
    expect((await push({ idempotencyKey: 'k' })).body.errors).toBeUndefined();
  });
});

test('currentKey lists every limit that holds', async () => {
  const { api, call } = await start({ connections: 3, bytes: 1_000_000_000_000, pending: null });
  api.store.findOwnKey = async () => ({ apiKey: { id: 'k', prefix: 'tk_' } as never, tenant: 'acme' });
  const { body } = await call('{ currentKey { tenant limits { policy limit } } }');
  expect(body.data).toEqual({
    currentKey: {
      tenant: 'acme',
      limits: [
        { policy: 'bytes', limit: 1_000_000_000_000 },
        { policy: 'connections', limit: 3 },
      ],
    },
  });
});

describe('RateLimit headers', () => {
  test('say what holds and what is left, on every answer of a tenant with limits', async () => {
    const { call, api } = await start({ recipients: 10, requests: 5, bytes: 1000, liveEvents: 1, connections: 1 });
    const { headers } = await call('{ version }');
    expect(headers.get('ratelimit-policy')).toBe(
      '"recipients";q=100;w=10, "requests";q=50;w=10, "bytes";q=10000;w=10;qu="content-bytes"',
    );
    expect(headers.get('ratelimit')).toBe('"recipients";r=100;t=0, "requests";r=49;t=1, "bytes";r=10000;t=0');
    const broken = await api.post('not JSON');
    expect([broken.status, broken.headers.get('ratelimit')]).toEqual([
      400,
      '"recipients";r=100;t=0, "requests";r=49;t=1, "bytes";r=10000;t=0',
    ]);
  });

  test('are those that the document prints', async () => {
    const { push, call } = await start({ recipients: 1000, requests: 100 });
    await push({ recipients: Array.from({ length: 600 }, (_, i) => `r${i}`) });
    const { headers } = await call('{ version }');
    const lines = ['RateLimit-Policy', 'RateLimit'].map((name) => `${name}: ${headers.get(name)}\n`);
    expect(lines.join('')).toBe(printedBlock('docs/api.md', 'http'));
  });

  test('are not there without a limit that they know', async () => {
    for (const limits of [{}, { liveEvents: 1, connections: 1, pending: 1 }]) {
      const { call } = await start(limits);
      const { headers } = await call('{ version }');
      expect([headers.get('ratelimit-policy'), headers.get('ratelimit')]).toEqual([null, null]);
    }
  });
});
