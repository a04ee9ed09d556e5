import { describe, expect, test } from '@jest/globals';
import { ConnectionError, RateLimitedError, ServiceUnavailableError, type Tidings } from '../../packages/sdk/src/index.js';
import { answer, fault, refusal, type Scripted, scripted } from './scripted-service.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const input = { recipients: ['ann'], message: 'hi' };
const away = () => refusal('SERVICE_UNAVAILABLE', { outcome: 'NOT_ACCEPTED' }, 503);
const unknown = () => refusal('SERVICE_UNAVAILABLE', { outcome: 'UNKNOWN' }, 503);

type Call = [name: string, call: (tidings: Tidings) => Promise<unknown>, data: object];

const REPEATED: Call[] = [
  ['version', (tidings) => tidings.version(), { version: '1' }],
  ['message', (tidings) => tidings.message({ id: 'x' }), { message: null }],
  ['messages', (tidings) => tidings.messages().page(), { messages: { items: [], nextToken: null } }],
  ['pushMessage', (tidings) => tidings.pushMessage(input), { pushMessage: [] }],
  ['pushGlobalMessage', (tidings) => tidings.pushGlobalMessage({ message: 'hi' }), { pushGlobalMessage: {} }],
  ['cancelMessages', (tidings) => tidings.cancelMessages({ recipient: 'ann' }), { cancelMessages: {} }],
  ['revokeRecipient', (tidings) => tidings.revokeRecipient({ recipient: 'ann' }), { revokeRecipient: {} }],
  ['revokeApiKey', (tidings) => tidings.revokeApiKey({ id: 'x' }), { revokeApiKey: null }],
  ['eraseRecipient', (tidings) => tidings.eraseRecipient({ recipient: 'ann' }), { eraseRecipient: {} }],
  ['registerRecipient', (tidings) => tidings.registerRecipient({ recipient: 'ann' }), { registerRecipient: {} }],
  ['graphql with a query', (tidings) => tidings.graphql('{ version }'), { version: '1' }],
];

const NEVER: Call[] = [
  ['createApiKey', (tidings) => tidings.createApiKey({ scope: '' }), { createApiKey: {} }],
  ['publishEvents', (tidings) => tidings.publishEvents({ events: [] }), { publishEvents: [] }],
  ['createTopic', (tidings) => tidings.createTopic({ name: 'x' }), { createTopic: {} }],
  ['graphql with a mutation', (tidings) => tidings.graphql('mutation { createTopic }'), { createTopic: {} }],
];

/** Everything after which nobody knows, or everybody knows that nothing was done. */
const PASSING: Array<[string, () => Scripted]> = [
  ['503, not accepted', away],
  ['503, unknown', unknown],
  ['a connection that is refused', () => fault('ECONNREFUSED')],
  ['a connection that breaks', () => fault('UND_ERR_SOCKET')],
  ['502 of a gateway', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
  ['503 of a gateway', () => new Response('', { status: 503 })],
];

describe.each(PASSING)('after %s', (_name, failure) => {
  test.each(REPEATED)('%s is repeated', async (_operation, call, data) => {
    const { tidings, asked, waits } = scripted([failure(), failure(), answer(data)]);
    await call(tidings);
    expect(asked).toHaveLength(3);
    // From 200 ms on, doubled; half by chance.
    expect(waits).toEqual([150, 300]);
  });

  test.each(NEVER)('%s is not', async (_operation, call, data) => {
    const { tidings, asked } = scripted([failure(), answer(data)]);
    await expect(call(tidings)).rejects.toBeInstanceOf(Error);
    expect(asked).toHaveLength(1);
  });
});

test('a push makes its own key, the same for each attempt, another for each push', async () => {
  const { tidings, asked } = scripted([unknown(), unknown(), answer({ pushMessage: [] })]);
  await tidings.pushMessage(input);
  await tidings.pushMessage(input);
  const keys = asked.map(({ variables }) => (variables.input as { idempotencyKey: string }).idempotencyKey);
  expect(keys).toEqual([expect.stringMatching(UUID), keys[0], keys[0], expect.stringMatching(UUID)]);
  expect(keys[3]).not.toBe(keys[0]);
});

test("a push keeps the caller's key, and does not change what it was given", async () => {
  const { tidings, asked } = scripted([answer({ pushMessage: [] })]);
  const given = Object.freeze({ ...input, idempotencyKey: 'report-7' });
  await tidings.pushMessage(given);
  expect(asked[0]?.variables).toEqual({ input: given });
});

test('it ends after 60 s with the last error', async () => {
  const { tidings, asked, passed } = scripted([unknown()]);
  const error = await tidings.pushMessage(input).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServiceUnavailableError);
  expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', outcome: 'UNKNOWN', operation: 'pushMessage', status: 503 });
  expect(passed()).toBeLessThanOrEqual(60_000);
  expect(passed()).toBeGreaterThan(50_000);
  expect(asked.length).toBeGreaterThan(10);
});

test('it ends earlier for a call, or not at all, as the caller says', async () => {
  const { tidings, asked, passed } = scripted([away()], { retryForMs: 1_000 });
  await expect(tidings.version()).rejects.toThrow();
  expect(passed()).toBeLessThanOrEqual(1_000);
  const before = asked.length;
  await expect(tidings.version({ retryForMs: 0 })).rejects.toThrow();
  expect(asked).toHaveLength(before + 1);
});

describe('429', () => {
  test('is repeated after retryAfter, for what else is never repeated, too: nothing was done', async () => {
    const limited = refusal('RATE_LIMITED', { retryAfter: 7, policy: 'requests', limit: 10 }, 429);
    const { tidings, asked, waits } = scripted([limited, answer({ createApiKey: {} })]);
    await tidings.createApiKey({ scope: '' });
    expect([asked.length, waits]).toEqual([2, [7_000]]);
  });

  test('of a field, with the status 200, likewise', async () => {
    const { tidings, waits } = scripted([refusal('RATE_LIMITED', { retryAfter: 2 }), answer({ version: '1' })]);
    expect([await tidings.version(), waits]).toEqual(['1', [2_000]]);
  });

  test('that would take longer than there is time is an error at once', async () => {
    const limited = refusal('RATE_LIMITED', { retryAfter: 61, policy: 'bytes', limit: 5 }, 429);
    const { tidings, waits } = scripted([limited]);
    const error = await tidings.version().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfter: 61, policy: 'bytes', limit: 5 });
    expect(waits).toEqual([]);
  });

  test('of a proxy has its time in the header', async () => {
    const limited = new Response('slow down', { status: 429, headers: { 'retry-after': '3' } });
    const { tidings, waits } = scripted([limited, answer({ version: '1' })]);
    await tidings.version();
    expect(waits).toEqual([3_000]);
  });
});

test.each(['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'IDEMPOTENCY_CONFLICT', 'QUOTA_EXCEEDED', 'INTERNAL_SERVER_ERROR'])(
  '%s is never repeated',
  async (code) => {
    const { tidings, asked } = scripted([refusal(code)]);
    await expect(tidings.version()).rejects.toMatchObject({ code });
    expect(asked).toHaveLength(1);
  },
);

test('a certificate that is refused will be refused again', async () => {
  const { tidings, asked } = scripted([fault('CERT_HAS_EXPIRED')]);
  const error = await tidings.version().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'NOT_ACCEPTED' });
  expect(asked).toHaveLength(1);
});

test('each repetition is told', async () => {
  const told: unknown[] = [];
  const { tidings } = scripted([away(), answer({ version: '1' })], { onRetry: (retry) => told.push(retry) });
  await tidings.version();
  expect(told).toEqual([{ operation: 'version', error: expect.any(ServiceUnavailableError), attempt: 1, delayMs: 150 }]);
});

describe('the signal of the caller', () => {
  test('ends the waiting for a repetition, with its reason', async () => {
    const controller = new AbortController();
    const { tidings, asked } = scripted([away()], { onRetry: () => controller.abort(new Error('enough')) });
    await expect(tidings.version({ signal: controller.signal })).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
  });

  test('that has aborted already asks nothing', async () => {
    const { tidings, asked } = scripted([answer({ version: '1' })]);
    await expect(tidings.version({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(asked).toHaveLength(0);
  });

  test('lets a call leave the queue, and the others keep their turns', async () => {
    const releases: Array<() => void> = [];
    const held = () =>
      new Promise<Response>((resolve) => {
        releases.push(() => resolve(answer({ version: '1' })));
      });
    const { tidings, asked } = scripted([held], { maxConcurrentCalls: 1 });
    const controller = new AbortController();
    const first = tidings.version();
    const second = tidings.version({ signal: controller.signal });
    const third = tidings.version();
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    releases.shift()?.();
    await first;
    // The third is asked for once the first has given its turn away.
    while (releases.length === 0) await new Promise(setImmediate);
    releases.shift()?.();
    expect([await third, asked.length]).toEqual(['1', 2]);
  });
});

test('an attempt that takes too long is given up; nobody knows what came of it', async () => {
  const hangs = (init: RequestInit) =>
    new Promise<Response>((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  const { tidings } = scripted([], { fetch: (_url, init) => hangs(init), timeoutMs: 5, retryForMs: 0 });
  const error = await tidings.pushMessage(input).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'UNKNOWN', message: 'no answer within 5 ms' });
});
