import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HIDE_TEXT, scopeEntry } from '../../src/core/domain/scope.js';
import { startApi, type TestApi } from './support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const data = async <T>(query: string, key?: string) => (await api.call(query, {}, key ? { key } : {})).body.data as T;
const refusal = async (query: string, key?: string) =>
  (await api.call(query, {}, key ? { key } : {})).body.errors?.[0]?.extensions;

const switchFeed = (enabled: boolean) => data(`mutation { setStatusFeed(enabled: ${enabled}) { enabled globals } }`);

interface Page {
  statusEvents: { items: Array<{ id: string; type: string; message: object | null }>; next: string; more: boolean };
}

describe('the feed of status events', () => {
  test('is off until it is switched on: it refuses, and so does notifyAfter', async () => {
    expect(await data('{ statusFeed { enabled globals } }')).toEqual({ statusFeed: { enabled: false, globals: false } });
    expect(await refusal('{ statusEvents { next } }')).toEqual({ code: 'BAD_USER_INPUT' });
    const push =
      'mutation { pushMessage(input: { recipients: ["ann"], message: "x", notifyAfter: 60, idempotencyKey: "k" }) { index } }';
    expect(await refusal(push)).toEqual({ code: 'BAD_USER_INPUT', field: 'input.notifyAfter' });
    expect(await switchFeed(true)).toEqual({ setStatusFeed: { enabled: true, globals: false } });
    expect(await refusal(push)).toBeUndefined();
    await switchFeed(false);
    // A repetition is answered before anything else is judged.
    expect(await refusal(push)).toBeUndefined();
    const without = 'mutation { pushMessage(input: { recipients: ["ann"], message: "x", idempotencyKey: "k" }) { index } }';
    expect(await refusal(without)).toEqual({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  test.each([0, -1, 2_592_001])('refuses notifyAfter: %d', async (seconds) => {
    await switchFeed(true);
    const query = `mutation { pushMessage(input: { recipients: ["ann"], message: "x", notifyAfter: ${seconds} }) { index } }`;
    expect(await refusal(query)).toEqual({ code: 'BAD_USER_INPUT', field: 'input.notifyAfter' });
  });

  test('is read page by page, with messages as they are now', async () => {
    await switchFeed(true);
    const pushed = await data<{ pushMessage: Array<{ item: { id: string } }> }>(
      'mutation { pushMessage(input: { recipients: ["ann", "bob"], message: "seen" }) { item { id } } }',
    );
    const tenantId = api.store.messages[0]?.tenantId ?? '';
    const ids = pushed.pushMessage.map(({ item }) => item.id);
    for (const [i, messageId] of [...ids, 'ffffffff-ffff-7fff-8fff-ffffffffffff'].entries())
      api.store.events.push({
        ...{ tenantId, type: i === 0 ? 'OVERDUE' : 'DELIVERED', at: new Date(1_700_000_000_000 + i), messageId },
        ...{ recipient: ['ann', 'bob', 'gone'][i] ?? '', topic: null, globalMessageId: null, receipt: i === 0 ? null : 'ACK' },
        cancelReason: null,
      });
    const fields = 'items { id type at messageId recipient receipt message { id message status } } next more';
    const first = await data<Page>(`{ statusEvents(limit: 2) { ${fields} } }`);
    expect(first.statusEvents).toMatchObject({
      items: [
        {
          type: 'OVERDUE',
          at: '2023-11-14T22:13:20.000Z',
          recipient: 'ann',
          receipt: null,
          message: { id: ids[0], message: 'seen' },
        },
        { type: 'DELIVERED', recipient: 'bob', receipt: 'ACK', message: { id: ids[1], status: 'PENDING' } },
      ],
      more: true,
    });
    expect(first.statusEvents.next).toBe(first.statusEvents.items[1]?.id);
    const rest = await data<Page>(
      `{ statusEvents(after: "${first.statusEvents.next}", filter: { types: [DELIVERED] }) { ${fields} } }`,
    );
    expect(rest.statusEvents).toMatchObject({ items: [{ recipient: 'gone', message: null }], more: false });
    const end = await data<Page>(`{ statusEvents(after: "${rest.statusEvents.next}") { ${fields} } }`);
    expect(end.statusEvents).toEqual({ items: [], next: rest.statusEvents.next, more: false });
  });

  test('hides texts from keys that may not see them', async () => {
    await switchFeed(true);
    api.keys.add('tk_hides', { tenantId: api.tenantId, scope: [scopeEntry('query', 'statusEvents'), HIDE_TEXT].join(' ') });
    const told = await data<Page>('{ statusEvents(limit: 1) { items { message { message textHidden } } } }', 'tk_hides');
    expect(told.statusEvents.items).toEqual([{ message: { message: '[4 bytes]', textHidden: true } }]);
  });

  test.each([
    ['{ statusEvents(limit: 0) { next } }', 'limit'],
    ['{ statusEvents(limit: 1001) { next } }', 'limit'],
    ['{ statusEvents(after: "nonsense") { next } }', 'after'],
    ['{ statusEvents(filter: { recipient: "" }) { next } }', 'filter.recipient'],
    ['{ statusEvents(filter: { topic: "" }) { next } }', 'filter.topic'],
    ['{ statusEvents { items { message { pendingReason { code } } } } }', 'query'],
  ])('refuses %s', async (query, field) => {
    expect(await refusal(query)).toEqual({ code: 'BAD_USER_INPUT', field });
  });
});
