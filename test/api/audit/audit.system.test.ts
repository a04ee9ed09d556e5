import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AUDITED_MUTATIONS, UNAUDITED_MUTATIONS } from '../../../src/api/audit/audited-operations.js';
import { rootFields } from '../../../src/api/graphql/root-fields.js';
import { TidingsError, unavailable } from '../../../src/core/domain/errors.js';
import { noLimiter } from '../../../src/core/ports/tenant-limiter.js';
import { until } from '../../support/index.js';
import { keepingLogger, startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());
beforeEach(() => {
  api.store.failure = null;
  api.store.auditFailure = null;
  api.store.entries.length = 0;
});

const erase = 'mutation { eraseRecipient(input: { recipient: "ann" }) { erased } }';
const revoke = 'mutation { revokeRecipient(input: { recipient: "ann" }) { revokedAt } }';
const cancel = (input: string) => `mutation { cancelMessages(input: { ${input} }) { cancelled } }`;
const written = () => api.store.entries.map(({ operation, outcome, code }) => [operation, outcome, code]);

describe('every mutation', () => {
  test('of the schema either has an entry or is one of the few that have none', () => {
    const audited = Object.keys(AUDITED_MUTATIONS);
    expect([...audited, ...UNAUDITED_MUTATIONS].sort()).toEqual([...rootFields().mutation].sort());
    expect([...UNAUDITED_MUTATIONS].sort()).toEqual(['publishEvents', 'pushGlobalMessage', 'pushMessage', 'registerRecipient']);
  });

  test('that is one of the few has none, nor has a query', async () => {
    await api.call('mutation { pushMessage(input: { recipients: ["ann"], message: "hi" }) { index } }');
    await api.call('mutation { pushGlobalMessage(input: { message: "hi" }) { id } }');
    await api.call('mutation { registerRecipient(input: { recipient: "ann" }) { token } }');
    await api.call('mutation { publishEvents(input: { events: [{ topic: "t", type: "x" }] }) { id } }');
    await api.call('{ messages { nextToken } }');
    expect(written()).toEqual([]);
  });
});

describe('an entry', () => {
  test('tells who did what to what, from where, and by which request', async () => {
    const key = randomBytes(12).toString('hex');
    const { keyId } = api.keys.add(key, { tenantId: api.tenantId, name: 'support desk' });
    await api.call(cancel('recipient: "ann", topic: "to all"'), {}, { key, headers: { 'x-request-id': 'one-of-mine' } });
    const { body } = await api.call(
      '{ auditLog { items { at apiKeyId keyPrefix keyName operation subject address outcome code requestId } nextToken } }',
      {},
      { key },
    );
    expect(body).toEqual({
      data: {
        auditLog: {
          items: [
            {
              ...{ at: expect.stringMatching(/Z$/), apiKeyId: keyId, keyPrefix: key.slice(0, 8), keyName: 'support desk' },
              ...{ operation: 'cancelMessages', subject: expect.stringMatching(/^recipient:[0-9a-f]{64} topic:"to all"$/) },
              ...{ address: '127.0.0.1', outcome: 'DONE', code: null, requestId: 'one-of-mine' },
            },
          ],
          nextToken: null,
        },
      },
    });
  });

  test('has the address that TRUST_PROXY entitles us to believe, and none that is no address', async () => {
    const own = await startApi({
      config: { host: '127.0.0.1', port: 0, tokenTtlMs: 1000, activityRetentionMs: 0, trustProxy: ['127.0.0.0/8'] },
    });
    for (const given of ['203.0.113.7:51234', '::ffff:203.0.113.8', 'unknown']) {
      await own.call(revoke, {}, { headers: { 'x-forwarded-for': given } });
    }
    expect(own.store.entries.map(({ address }) => address)).toEqual(['203.0.113.7', '203.0.113.8', null]);
    await own.node.stop();
  });

  test('is there for each field of a request', async () => {
    await api.call(
      'mutation { a: revokeRecipient(input: { recipient: "a" }) { revokedAt } b: revokeRecipient(input: { recipient: "" }) { revokedAt } }',
    );
    expect(written()).toEqual([
      ['revokeRecipient', 'DONE', null],
      ['revokeRecipient', 'REFUSED', 'BAD_USER_INPUT'],
    ]);
  });
});

describe('what became of it', () => {
  test.each<[string, string, unknown, [string, string | null]]>([
    ['done', revoke, null, ['DONE', null]],
    ['done in several steps', erase, null, ['DONE', null]],
    ['done, and it changed nothing', cancel('ids: []'), null, ['DONE', null]],
    ['wrong input', cancel(''), null, ['REFUSED', 'BAD_USER_INPUT']],
    ['a limit', revoke, new TidingsError('RATE_LIMITED', 'slowly', { retryAfter: 1 }), ['REFUSED', 'RATE_LIMITED']],
    ['a quota', revoke, new TidingsError('QUOTA_EXCEEDED', 'full', { limit: 1 }), ['REFUSED', 'QUOTA_EXCEEDED']],
    ['the database away', revoke, unavailable('away'), ['FAILED', 'SERVICE_UNAVAILABLE']],
    ['a fault', revoke, new Error('of ours'), ['FAILED', 'INTERNAL_SERVER_ERROR']],
    ['a broken commit', revoke, unavailable('broke off', 'UNKNOWN'), ['UNKNOWN', 'SERVICE_UNAVAILABLE']],
  ])('%s', async (_name, query, failure, expected) => {
    api.store.failure = failure;
    await api.call(query);
    expect(api.store.entries.map(({ outcome, code }) => [outcome, code])).toEqual([expected]);
  });

  test('a field outside the scope of the key, with its subject', async () => {
    const key = randomBytes(12).toString('hex');
    api.keys.add(key, { tenantId: api.tenantId, scope: 'websockets-manager-api:query:*' });
    await api.call(revoke, {}, { key });
    expect(api.store.entries).toMatchObject([
      { outcome: 'REFUSED', code: 'FORBIDDEN', subject: expect.stringMatching(/^recipient:/), recipient: 'ann' },
    ]);
  });

  test('a limit of the tenant, which is judged first', async () => {
    const charge = () => {
      throw new TidingsError('RATE_LIMITED', 'slowly', { retryAfter: 1 });
    };
    const own = await startApi({ limiter: { ...noLimiter, charge } });
    expect((await own.call(revoke)).status).toBe(429);
    expect(own.store.entries).toMatchObject([{ operation: 'revokeRecipient', outcome: 'REFUSED', code: 'RATE_LIMITED' }]);
    await own.node.stop();
  });

  test('an erasure that failed after its first step is neither done nor undone', async () => {
    await api.call('{ version }');
    const erased = api.store.erase.bind(api.store);
    api.store.erase = async () => {
      throw unavailable('away');
    };
    const { body } = await api.call(erase);
    api.store.erase = erased;
    expect(body.errors).toMatchObject([{ extensions: { outcome: 'UNKNOWN' } }]);
    expect(written()).toEqual([['eraseRecipient', 'UNKNOWN', 'SERVICE_UNAVAILABLE']]);
  });

  test('done, though nobody could be told: the bus is no part of it', async () => {
    const own = await startApi();
    own.bus.publish = async () => {
      throw new Error('the bus is broken');
    };
    const { body } = await own.call(revoke);
    expect(body.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(own.store.entries).toMatchObject([{ outcome: 'DONE' }]);
    await own.node.stop();
  });
});

describe('an entry that cannot be written at once', () => {
  test('is written once the database is back, and the answer does not wait for it', async () => {
    api.store.failure = unavailable('away');
    api.store.auditFailure = unavailable('away');
    const { status } = await api.call(revoke);
    expect([status, written()]).toEqual([503, []]);
    api.store.auditFailure = null;
    await until('the entry is written', async () => written().length > 0);
    expect(written()).toEqual([['revokeRecipient', 'FAILED', 'SERVICE_UNAVAILABLE']]);
  });

  test('is told to the log if the database refuses it', async () => {
    const logger = keepingLogger();
    const own = await startApi({ logger });
    own.store.auditFailure = new Error('refused');
    await own.call(cancel(''), {}, { headers: { 'x-request-id': 'mine' } });
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { requestId: 'mine', operation: 'cancelMessages', outcome: 'REFUSED' } },
    ]);
    await own.node.stop();
  });

  test('of refused calls that come by the thousand is left out, and the log says so', async () => {
    const logger = keepingLogger();
    const own = await startApi({ logger });
    const fields = Array.from({ length: 400 }, (_, i) => `f${i}: revokeRecipient(input: { recipient: "" }) { revokedAt }`).join(
      ' ',
    );
    for (let i = 0; i < 4; i++) await own.call(`mutation { ${fields} }`);
    expect(own.store.entries.length).toBeGreaterThanOrEqual(1000);
    expect(own.store.entries.length).toBeLessThan(1600);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { requestId: expect.any(String) } }]);
    // What takes place has its entry all the same.
    const before = own.store.entries.length;
    await own.call(revoke);
    expect(own.store.entries.slice(before)).toMatchObject([{ outcome: 'DONE' }]);
    await own.node.stop();
  });
});

describe('reads of keys of support', () => {
  const push = 'mutation { pushMessage(input: { recipients: ["ann"], message: "hi" }) { item { id } } }';
  const support = (role: string | null = 'support') => {
    const key = randomBytes(12).toString('hex');
    api.keys.add(key, { tenantId: api.tenantId, role });
    return key;
  };

  test('have one entry per key, operation, recipient and hour', async () => {
    const pushed = await api.call(push);
    const [{ item }] = (pushed.body.data as unknown as { pushMessage: [{ item: { id: string } }] }).pushMessage;
    const [one, two] = [support(), support()];
    for (const key of [one, one, two]) {
      await api.call('{ messages { nextToken } version }', {}, { key });
      await api.call('{ messages(filter: { recipient: "ann" }) { nextToken } }', {}, { key });
      await api.call('query ($id: ID!) { message(id: $id) { status } }', { id: item.id }, { key });
      await api.call('{ globalMessages { nextToken } }', {}, { key });
    }
    const rows = api.store.entries.map(({ operation, recipient, outcome }) => [operation, recipient, outcome]);
    const each = [
      ['messages', null, 'DONE'],
      ['messages', 'ann', 'DONE'],
      ['message', 'ann', 'DONE'],
    ];
    // A test that runs over the full hour sees some of them twice.
    expect(rows.slice(0, 3)).toEqual(each);
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(rows.length).toBeLessThanOrEqual(9);
  });

  test('have none for keys of other roles, nor where nothing was read', async () => {
    await api.call('{ messages { nextToken } }', {}, { key: support(null) });
    await api.call('{ messages { nextToken } }', {}, { key: support('full') });
    await api.call('{ messages(limit: 0) { nextToken } }', {}, { key: support() });
    expect(written()).toEqual([]);
  });

  test('are refused where they cannot be written', async () => {
    api.store.auditFailure = unavailable('away');
    const { status, body } = await api.call('{ messages { items { message } } }', {}, { key: support() });
    expect([status, body.data]).toEqual([503, null]);
  });
});

describe('auditLog', () => {
  const list =
    'query ($filter: AuditLogFilter, $limit: Int, $nextToken: String) { auditLog(filter: $filter, limit: $limit, nextToken: $nextToken) { items { id subject } nextToken } }';
  type Page = { items: Array<{ id: string; subject: string }>; nextToken: string | null };
  const pageOf = async (variables: object) => {
    const { body } = await api.call(list, variables, { key: admin });
    return (body.data as unknown as { auditLog: Page | null }).auditLog;
  };
  const fieldOf = async (variables: object) => (await api.call(list, variables, { key: admin })).body.errors?.[0]?.extensions;
  const admin = randomBytes(12).toString('hex');
  beforeAll(() => {
    api.keys.add(admin, { tenantId: api.tenantId });
  });

  test('finds entries of a recipient by name, page by page', async () => {
    for (const name of ['ann', 'bob', 'ann', 'ann']) {
      await api.call('mutation ($input: RevokeRecipientInput!) { revokeRecipient(input: $input) { revokedAt } }', {
        input: { recipient: name },
      });
    }
    const filter = { recipient: 'ann' };
    const first = await pageOf({ filter, limit: 2 });
    const second = await pageOf({ filter, limit: 2, nextToken: first?.nextToken });
    expect([first?.items.length, second?.items.length, second?.nextToken]).toEqual([2, 1, null]);
    expect(new Set([...(first?.items ?? []), ...(second?.items ?? [])].map(({ subject }) => subject)).size).toBe(1);
    expect(await fieldOf({ filter: { recipient: 'bob' }, nextToken: first?.nextToken })).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'nextToken',
    });
    expect(await fieldOf({ filter: { ...filter, apiKeyId: 'nonsense' }, nextToken: first?.nextToken })).toMatchObject({
      field: 'nextToken',
    });
    expect((await pageOf({ filter: { apiKeyId: 'nonsense' } }))?.items).toEqual([]);
  });

  test.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 1001 }, 'limit'],
    [{ nextToken: 'nonsense' }, 'nextToken'],
    [{ filter: { at: { from: '2024-01-02', to: '2024-01-01' } } }, 'filter.at.from'],
    [{ filter: { at: { from: 'yesterday' } } }, 'filter.at.from'],
    [{ filter: { recipient: '' } }, 'filter.recipient'],
    [{ filter: { apiKeyId: '\0' } }, 'filter.apiKeyId'],
    [{ filter: { operation: '\ud800' } }, 'filter.operation'],
  ])('refuses %j', async (variables, field) => {
    expect(await fieldOf(variables)).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  test('is not for keys whose scope does not name it', async () => {
    const key = randomBytes(12).toString('hex');
    api.keys.add(key, { tenantId: api.tenantId, scope: 'websockets-manager-api:query:*' });
    const { body } = await api.call(list, {}, { key });
    expect(body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
