import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Activity } from '../../src/core/domain/activity.js';
import type { HeldConnection } from '../../src/core/domain/presence.js';
import { startApi, type TestApi } from './support/api.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.node.stop());

const SINCE = Date.parse('2026-11-29T12:00:00.000Z');
const held = (over: Partial<HeldConnection> = {}): HeldConnection => ({
  ...{
    id: randomUUID(),
    since: SINCE,
    topic: 'news',
    protocol: 'V1',
    node: 'n1',
    sourceIp: '203.0.113.7',
    origin: 'https://a.example',
  },
  ...{ userAgent: 'Browser', unconfirmed: 2, behind: false, waits: false, owes: {} },
  ...over,
});

let entries = 0;
const add = (kind: Activity['kind'], over: Partial<Activity> = {}) => {
  const at = new Date(SINCE + ++entries * 1_000);
  const id = `01890000-0000-7000-8000-${entries.toString(16).padStart(12, '0')}`;
  api.store.activity.push({
    ...{ tenantId: api.tenantId, recipient: 'ann', id, kind, at, lastAt: at, times: 1, connectionId: id, connectedSeconds: null },
    ...{
      reason: null,
      closeCode: null,
      topic: null,
      protocol: 'PLAIN',
      node: 'n1',
      sourceIp: null,
      origin: null,
      userAgent: null,
    },
    ...over,
  });
  return id;
};

const data = async <T = never>(query: string, variables = {}) => (await api.call(query, variables)).body.data as unknown as T;
const refusal = async (query: string, variables = {}) => {
  const { status, body } = await api.call(query, variables);
  return { status, data: body.data, code: body.errors?.[0]?.extensions.code, field: body.errors?.[0]?.extensions.field };
};

describe('recipient', () => {
  const EVERYTHING = `{ recipient(name: "ann") { name complete lastSeenAt pending awaitedGlobals { message }
    connections { id since topic protocol node sourceIp origin userAgent unconfirmed behind }
    activity { items { at lastAt times kind connectionId connectedSeconds reason closeCode detail topic protocol node } nextToken } } }`;

  test('tells who is there, what waits and what happened', async () => {
    const [older, newer] = [held({ since: SINCE - 1_000 }), held()];
    api.bus.answers = () => ({ answers: [{ connections: [older] }, { connections: [newer] }], complete: true });
    await api.call('mutation { pushMessage(input: { recipients: ["ann", "bob"], message: "x" }) { index } }');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await api.call(`mutation { pushGlobalMessage(input: { message: "soon", expiresAt: "${expiresAt}" }) { id } }`);
    const id = add('DISCONNECTED', { closeCode: 1006, connectedSeconds: 7 });
    const at = new Date(SINCE + entries * 1_000).toISOString();
    const told = ({ since, waits: _, owes: __, ...rest }: HeldConnection) => ({ ...rest, since: new Date(since).toISOString() });
    const { recipient } = await data<{ recipient: { lastSeenAt: string } }>(EVERYTHING);
    expect(recipient).toEqual({
      name: 'ann',
      complete: true,
      lastSeenAt: expect.any(String),
      pending: 1,
      awaitedGlobals: [{ message: 'soon' }],
      connections: [told(newer), told(older)],
      activity: {
        items: [
          {
            ...{
              at,
              lastAt: at,
              times: 1,
              kind: 'DISCONNECTED',
              connectionId: id,
              connectedSeconds: 7,
              reason: null,
              closeCode: 1006,
            },
            ...{ detail: expect.stringContaining('broke off'), topic: null, protocol: 'PLAIN', node: 'n1' },
          },
        ],
        nextToken: null,
      },
    });
    expect(Math.abs(Date.now() - Date.parse(recipient.lastSeenAt))).toBeLessThan(10_000);
  });

  test('says nothing of a name that nobody knows, and no more than it knows where nodes do not answer', async () => {
    const none = { connections: [], pending: 0, awaitedGlobals: [], lastSeenAt: null, activity: { items: [], nextToken: null } };
    expect(await data(EVERYTHING)).toEqual({ recipient: { name: 'ann', complete: true, ...none } });
    api.bus.answers = () => ({ answers: [], complete: false });
    expect(await data(EVERYTHING)).toEqual({ recipient: { name: 'ann', complete: false, ...none } });
  });

  test.each([
    ['name', []],
    ['pending', ['pendingOf']],
    ['lastSeenAt', ['lastActivity']],
    ['awaitedGlobals { id }', ['awaitedGlobals']],
    ['connections { id } complete', []],
    ['activity { nextToken }', ['listActivity']],
  ])('reads no more than what is asked for: %s', async (selection, calls) => {
    let asked = 0;
    api.bus.answers = () => {
      asked += 1;
      return { answers: [], complete: true };
    };
    api.store.calls.length = 0;
    await data(`{ recipient(name: "ann") { ${selection} } }`);
    expect(api.store.calls.filter((call) => call !== 'findApiKey')).toEqual(calls);
    expect(asked).toBe(/connections|lastSeenAt/.test(selection) ? 1 : 0);
  });

  test('reads no further once the answer is too long', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const message = 'x'.repeat(65_000);
    for (let i = 0; i < 60; i++) {
      await api.call('mutation($m: String!, $e: DateTime!) { pushGlobalMessage(input: { message: $m, expiresAt: $e }) { id } }', {
        m: message,
        e: expiresAt,
      });
    }
    api.store.calls.length = 0;
    const fields = Array.from({ length: 10 }, (_, i) => `r${i}: recipient(name: "ann") { awaitedGlobals { message } }`);
    const { body } = await api.call(`{ ${fields.join(' ')} }`);
    expect(body.errors).toHaveLength(8);
    expect(body.errors?.every(({ extensions }) => extensions.code === 'BAD_USER_INPUT')).toBe(true);
    // Two fields are under way at once.
    expect(api.store.calls.filter((call) => call === 'awaitedGlobals').length).toBeLessThanOrEqual(4);
  });

  test('lists 100 connections at most', async () => {
    const connections = Array.from({ length: 70 }, () => held());
    api.bus.answers = () => ({ answers: [{ connections }, { connections }], complete: true });
    const { recipient } = await data<{ recipient: { connections: object[] } }>(
      '{ recipient(name: "ann") { connections { id } } }',
    );
    expect(recipient.connections).toHaveLength(100);
  });

  test('pages through activity, also several pages in one selection', async () => {
    const ids = [add('CONNECTED'), add('DISCONNECTED'), add('CONNECTED')];
    type Page = { items: Array<{ connectionId: string }>; nextToken: string | null };
    const page = 'items { connectionId } nextToken';
    const first = await data<{ recipient: { a: Page; b: Page } }>(
      `{ recipient(name: "ann") { a: activity(limit: 1) { ${page} } b: activity(limit: 2) { ${page} } } }`,
    );
    expect(first.recipient.a.items.map(({ connectionId }) => connectionId)).toEqual([ids[2]]);
    expect(first.recipient.b.items.map(({ connectionId }) => connectionId)).toEqual([ids[2], ids[1]]);
    const next =
      'query ($t: String, $name: String!) { recipient(name: $name) { activity(nextToken: $t) { items { connectionId } nextToken } } }';
    const { recipient } = await data<{ recipient: { activity: Page } }>(next, { t: first.recipient.b.nextToken, name: 'ann' });
    expect(recipient.activity).toEqual({ items: [{ connectionId: ids[0] }], nextToken: null });
    expect(await refusal(next, { t: first.recipient.b.nextToken, name: 'bob' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test.each([
    ['a limit out of range', '{ recipient(name: "ann") { activity(limit: 0) { nextToken } } }', 'activity.limit'],
    ['a token that is none', '{ recipient(name: "ann") { activity(nextToken: "x") { nextToken } } }', 'activity.nextToken'],
    ['a name that is none', '{ recipient(name: "") { pending } }', 'name'],
  ])('refuses %s', async (_, query, field) => {
    expect(await refusal(query)).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  test('asks on the channel of the recipient alone', async () => {
    await data('{ recipient(name: "ann") { complete } }');
    expect(api.bus.asked).toEqual([{ channel: `r:${api.tenantId}:ann`, question: { messages: [] } }]);
  });
});

describe('recipients', () => {
  test('lists names by their beginning', async () => {
    await api.call('mutation { pushMessage(input: { recipients: ["anna", "ann", "bob", "Ann"], message: "x" }) { index } }');
    expect(await data('{ recipients(startsWith: "an") }')).toEqual({ recipients: ['ann', 'anna'] });
    expect(await data('{ recipients(startsWith: "", limit: 2) }')).toEqual({ recipients: ['Ann', 'ann'] });
    expect(await refusal('{ recipients(startsWith: "a", limit: 51) }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'limit' });
    expect(await refusal('{ recipients(startsWith: "\\u0000") }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'startsWith' });
  });
});

describe('reasons and connections of messages', () => {
  const push = async () => {
    const query =
      'mutation { pushMessage(input: { recipients: ["ann"], message: "x", idempotencyKey: "k" }) { item { id deliveredTo { connectionId } } } }';
    return (await data<{ pushMessage: Array<{ item: { id: string } }> }>(query)).pushMessage[0]?.item;
  };

  test('are told by message and messages', async () => {
    const item = await push();
    const fields = 'pendingReason { code since text } deliveredTo { connectionId }';
    const pendingReason = { code: 'NOT_CONNECTED', since: null, text: expect.stringContaining('"ann"') };
    const told = { pendingReason, deliveredTo: null };
    expect(await data(`{ message(id: "${item?.id}") { ${fields} } messages(limit: 9) { items { ${fields} } } }`)).toEqual({
      message: told,
      messages: { items: [told] },
    });
  });

  test('tell the connection, and what activity knows of it, in repeated pushes, too', async () => {
    const item = await push();
    const connectionId = add('CONNECTED', { topic: 'news', origin: 'https://a.example' });
    const deliveredTo = { connectionId };
    for (const message of api.store.messages) Object.assign(message, { status: 'DELIVERED', deliveredTo });
    for (const { answer } of api.store.answers.values())
      for (const entry of answer as Array<{ item: object }>) Object.assign(entry.item, { status: 'DELIVERED', deliveredTo });
    const fields = 'deliveredTo { connectionId since topic protocol sourceIp origin userAgent }';
    const facts = { topic: 'news', protocol: 'PLAIN', sourceIp: null, origin: 'https://a.example', userAgent: null };
    const told = { deliveredTo: { connectionId, since: expect.stringContaining('2026-11-29T'), ...facts } };
    expect(await data(`{ message(id: "${item?.id}") { ${fields} } messages { items { ${fields} } } }`)).toEqual({
      message: told,
      messages: { items: [told] },
    });
    const again = `mutation { pushMessage(input: { recipients: ["ann"], message: "x", idempotencyKey: "k" }) { item { ${fields} } } }`;
    expect(await data(again)).toEqual({ pushMessage: [{ item: told }] });
    api.store.activity.length = 0;
    expect(await data(`{ message(id: "${item?.id}") { ${fields} } }`)).toEqual({
      message: {
        deliveredTo: { connectionId, since: null, topic: null, protocol: null, sourceIp: null, origin: null, userAgent: null },
      },
    });
  });

  test('that nobody asks for cost nothing', async () => {
    const item = await push();
    api.store.calls.length = 0;
    await data(`{ message(id: "${item?.id}") { id pendingReason @skip(if: true) { code } } messages { items { id } } }`);
    expect(api.store.calls.toSorted()).toEqual(['findMessage', 'listMessages']);
    expect(api.bus.asked).toEqual([]);
  });
});

describe('a document', () => {
  const reasons = 'items { pendingReason { code } }';
  const aliases = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');
  const ID = '01890000-0000-7000-8000-000000000001';
  test.each([
    ['100 reasons', `{ messages(limit: 60) { ${reasons} } ${aliases(40, `message(id: "${ID}") { pendingReason { code } }`)} }`],
    ['a page of 100 by default', `{ messages { ${reasons} } }`],
    ['10 recipients', `{ ${aliases(10, 'recipient(name: "ann") { pending }')} }`],
    ['more messages without reasons', `{ messages(limit: 1000) { items { id } } a: messages { ${reasons} } }`],
    ['reasons that are skipped', `{ messages(limit: 1000) { items { pendingReason @include(if: false) { code } } } }`],
  ])('may ask for %s', async (_, query) => {
    const { body } = await api.call(query);
    expect(body.errors).toBeUndefined();
  });

  test.each([
    ['101 reasons', `{ messages(limit: 101) { ${reasons} } }`],
    ['101 reasons beside fewer than none', `{ a: messages(limit: -900) { ${reasons} } messages(limit: 101) { ${reasons} } }`],
    ['101 reasons by a variable', `query ($n: Int = 101) { messages(limit: $n) { ${reasons} } }`],
    [
      'a page and one more',
      `{ messages { ...page } message(id: "${ID}") { pendingReason { code } } } fragment page on MessagesQueryResult { ${reasons} }`,
    ],
    [
      'two reasons of each of 51',
      `{ messages(limit: 51) { items { a: pendingReason { code } b: pendingReason { text } } } x: messages(limit: 51) { ${reasons} } }`,
    ],
    ['11 recipients', `{ ${aliases(11, 'recipient(name: "ann") { pending }')} }`],
    [
      'a reason of what it pushes',
      'mutation { pushMessage(input: { recipients: ["a"], message: "x" }) { item { pendingReason { code } } } }',
    ],
  ])('may not ask for %s, and nothing of it is executed', async (_, query) => {
    api.store.calls.length = 0;
    expect(await refusal(query)).toEqual({ status: 200, data: undefined, code: 'BAD_USER_INPUT', field: 'query' });
    expect(api.store.calls).toEqual([]);
    const response = await api.post({ query }, { accept: 'application/graphql-response+json' });
    expect(response.status).toBe(400);
  });
});
