import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApi, type TestApi } from './support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  for (let i = 0; i < 30; i++) await api.call('mutation { pushGlobalMessage(input: { message: "to all" }) { id } }');
  await api.call('mutation { pushMessage(input: { recipients: ["a", "b", "c"], message: "x", topic: "news" }) { index } }');
  await api.call('mutation { cancelMessages(input: { recipient: "b" }) { cancelled } }');
});
afterAll(() => api.node.stop());

const data = async (query: string) => (await api.call(query)).body.data as unknown;
const refusal = async (query: string) => (await api.call(query)).body.errors?.[0]?.extensions;

describe('counts', () => {
  test('of messages follow the filter', async () => {
    const fields = '{ pending delivered cancelled exact }';
    const query = `{ all: messageCounts ${fields} news: messageCounts(filter: { topic: "news", status: PENDING }) ${fields}
      recalled: messageCounts(filter: { cancelReason: RECALLED }) ${fields}
      none: messageCounts(filter: { globalMessageId: "nonsense" }) ${fields} }`;
    const none = { pending: 0, delivered: 0, cancelled: 0, exact: true };
    expect(await data(query)).toEqual({
      all: { ...none, pending: 2, cancelled: 1 },
      news: { ...none, pending: 2 },
      recalled: { ...none, cancelled: 1 },
      none,
    });
  });

  test('refuse what a filter of messages may not have', async () => {
    const query = '{ messageCounts(filter: { deliveredAt: { from: "2026-01-02", to: "2026-01-01" } }) { pending } }';
    expect(await refusal(query)).toEqual({ code: 'BAD_USER_INPUT', field: 'filter.deliveredAt.from' });
  });

  test.each([
    ['in a plain selection', 'items { id counts { pending exact } }'],
    ['in a fragment', '...page } } fragment page on GlobalMessagesQueryResult { items { id counts { pending exact }'],
  ])('of global messages, asked for %s, make a page of 25, and of 25 at most', async (_, selection) => {
    const { globalMessages } = (await data(`{ globalMessages { ${selection} } }`)) as { globalMessages: { items: object[] } };
    expect(globalMessages.items).toHaveLength(25);
    expect(globalMessages.items[0]).toMatchObject({ counts: { pending: 0, exact: true } });
    expect(await refusal(`{ globalMessages(limit: 26) { ${selection} } }`)).toEqual({ code: 'BAD_USER_INPUT', field: 'limit' });
  });

  test('of global messages that nobody asks for cost nothing', async () => {
    const before = api.store.calls.filter((call) => call === 'countGlobalRows').length;
    const query = '{ globalMessages(limit: 30) { items { id counts @include(if: false) { pending } } } }';
    const { globalMessages } = (await data(query)) as { globalMessages: { items: object[] } };
    expect(globalMessages.items).toHaveLength(30);
    expect(api.store.calls.filter((call) => call === 'countGlobalRows')).toHaveLength(before);
  });

  test('of a global message that is answered by itself are null', async () => {
    const query = 'mutation { pushGlobalMessage(input: { message: "g" }) { counts { pending } } }';
    expect(await data(query)).toEqual({ pushGlobalMessage: { counts: null } });
  });
});
