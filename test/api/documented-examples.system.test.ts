import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { printedBlocks } from '../support/documents.js';
import { startApi, type TestApi } from './support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ publicDeliveryUrl: 'wss://push.example.org/ws' });
});
afterAll(() => api.node.stop());

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

describe('the calls that the documentation shows', () => {
  test('register a recipient', async () => {
    const { status, body } = await api.call(
      `mutation registerRecipient($input:RegisterRecipientInput!) {
        registerRecipient(input:$input) {
          token
          connectionUri
        }
      }`,
      { input: { recipient: 'd9f3c17a-c6de-4e5e-b42b-98fbfb46a108' } },
    );
    expect(status).toBe(200);
    const { registerRecipient } = body.data as unknown as { registerRecipient: { token: string; connectionUri: string } };
    expect(registerRecipient.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(registerRecipient.connectionUri).toBe(`wss://push.example.org/ws/?token=${registerRecipient.token}`);
    expect(api.store.calls).toEqual(['readRevocation']);
  });

  test('push a message', async () => {
    const { body } = await api.call(
      `mutation pushMessage($input:MessageInput!) {
        pushMessage(input:$input) {
          item {
            id
            message
            status
            expiresAt
            createdAt
            deliveredAt
            cancelledAt
            globalMessageId
          }
          error{
            message
          }
        }
      }`,
      {
        input: {
          recipients: ['d9f3c17a-c6de-4e5e-b42b-98fbfb46a108'],
          message: 'The quick brown fox jumps over the lazy dog',
        },
      },
    );
    expect(body).toEqual({
      data: {
        pushMessage: [
          {
            item: {
              id: expect.stringMatching(UUID_V7),
              message: 'The quick brown fox jumps over the lazy dog',
              status: 'PENDING',
              expiresAt: null,
              createdAt: expect.stringMatching(MOMENT),
              deliveredAt: null,
              cancelledAt: null,
              globalMessageId: null,
            },
            error: null,
          },
        ],
      },
    });
  });

  test('push a global message, with the documented form of its expiry', async () => {
    const year = new Date().getUTCFullYear() + (new Date().getUTCMonth() >= 6 ? 1 : 0);
    const { body } = await api.call(
      'mutation ($input: GlobalMessageInput!) { pushGlobalMessage(input: $input) { id message topic expiresAt createdAt } }',
      { input: { message: 'news', topic: 'all', expiresAt: `${year}-06-18T15:00:00` } },
    );
    expect(body).toEqual({
      data: {
        pushGlobalMessage: {
          id: expect.stringMatching(UUID_V7),
          message: 'news',
          topic: 'all',
          expiresAt: `${year}-06-18T15:00:00.000Z`,
          createdAt: expect.stringMatching(MOMENT),
        },
      },
    });
  });

  test('list with a filter and nextToken, and ask the version', async () => {
    const { body } = await api.call(
      `query ($filter: MessagesFilter, $globals: GlobalMessagesFilter) {
        messages(filter: $filter) { items { recipient } nextToken }
        globalMessages(filter: $globals) { items { topic } nextToken }
        version
      }`,
      {
        filter: {
          recipient: 'd9f3c17a-c6de-4e5e-b42b-98fbfb46a108',
          createdAt: { from: '2023-07-18', to: '2999-12-31T00:00:00' },
        },
        globals: { topic: 'all', expiresAt: { from: '2023-07-18T15:00:00' } },
      },
    );
    expect(body).toEqual({
      data: {
        messages: { items: [{ recipient: 'd9f3c17a-c6de-4e5e-b42b-98fbfb46a108' }], nextToken: null },
        globalMessages: { items: [{ topic: 'all' }], nextToken: null },
        version: '1.2.3',
      },
    });
  });
});

/** Gives a block of GraphQL the variables that its comments have. */
function withVariables(block: string): [string, Record<string, unknown>] {
  const comments = [...block.matchAll(/^# (.*)$/gm)].map(([, comment]) => comment);
  return [block, comments.length > 0 ? JSON.parse(comments.join('\n')) : {}];
}

/** An id of the right form, for blocks that take one of the reader's. */
const NOBODY = '019aa3c2-0000-7000-8000-000000000000';

/** Finds errors of single entries, which are answered beside the data. */
const refusals = (data: unknown): unknown[] => {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => (name === 'error' && value !== null ? [value] : refusals(value)));
};

const subscribe = (query: string, variables: object) => api.post({ query, variables }, { accept: 'text/event-stream' });

/** Waits for the beginning of a stream of events, which an error would be part of, and leaves. */
async function expectsEvents({ status, body }: Response): Promise<void> {
  const reader = body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect([status, new TextDecoder().decode(value)]).toEqual([200, ':\n\n']);
  await reader?.cancel();
}

describe.each([
  ['docs/api.md', printedBlocks('docs/api.md', 'graphql')],
  ['docs/live-topics.md', printedBlocks('docs/live-topics.md', 'graphql')],
  ['docs/reference.md', printedBlocks('docs/reference.md', 'graphql')],
  ['docs/webhooks.md', printedBlocks('docs/webhooks.md', 'graphql')],
  ['docs/what-became-of-it.md', printedBlocks('docs/what-became-of-it.md', 'graphql')],
])('the blocks of %s', (_, blocks) => {
  // Blocks follow one another, as readers try them: what one makes, the next may ask for.
  test.each(blocks.map(withVariables))('are accepted as printed, and are one operation each: %s', async (block, variables) => {
    expect(parse(block).definitions).toHaveLength(1);
    const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();
    if (/^subscription/m.test(block)) return expectsEvents(await subscribe(block, variables));
    const { status, body } = await api.call(block, { tomorrow, id: NOBODY, ...variables });
    expect([status, body.errors, refusals(body.data)]).toEqual([200, undefined, []]);
  });
});
