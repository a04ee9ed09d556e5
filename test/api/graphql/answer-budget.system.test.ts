import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KEY, startApi, type TestApi } from '../support/api.js';

const KIB = 1024;
/** 8 MiB of text, 1 MiB for what stands around it, and the names of the root fields. */
const MOST_BYTES = 9 * KIB * KIB + 64 * KIB;

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.node.stop());

const push = async (count: number, bytes: number) => {
  const recipients = Array.from({ length: count }, (_, i) => `r${i}`);
  const variables = { recipients, message: 'x'.repeat(bytes) };
  const { body } = await api.call(
    'mutation ($recipients: [String!]!, $message: String!) { pushMessage(input: { recipients: $recipients, message: $message }) { item { id } } }',
    variables,
  );
  return (body.data as unknown as { pushMessage: Array<{ item: { id: string } }> }).pushMessage.map(({ item }) => item.id);
};
const copies = (count: number, field = 'message') => Array.from({ length: count }, (_, i) => `m${i}: ${field}`).join(' ');

interface Page {
  items: Array<Record<string, string>>;
  nextToken: string | null;
}
/** Asks, and says how long the answer is. */
async function ask(query: string, variables: object = {}) {
  const response = await api.post({ query, variables });
  const text = await response.text();
  return {
    bytes: text.length,
    ...(JSON.parse(text) as { data: Record<string, Page | null>; errors?: Array<{ extensions: object; path?: string[] }> }),
  };
}

describe('the bytes of an answer', () => {
  test('are those of each copy of a field: the page ends earlier, and a walk still sees everything once', async () => {
    const ids = await push(5, 8 * KIB);
    const seen: string[] = [];
    let nextToken: string | null = null;
    let pages = 0;
    do {
      const query = `query ($nextToken: String) { messages(limit: 1000, nextToken: $nextToken) { items { id ${copies(700)} } nextToken } }`;
      const { bytes, data } = await ask(query, { nextToken });
      expect(bytes).toBeLessThan(MOST_BYTES);
      seen.push(...(data.messages?.items ?? []).map(({ id }) => id as string));
      nextToken = data.messages?.nextToken ?? null;
      pages++;
    } while (nextToken !== null);
    expect(pages).toBe(5);
    expect(seen.sort()).toEqual(ids.sort());
  });

  test('are refused where not even one item has room', async () => {
    await push(1, 64 * KIB);
    const { data, errors } = await ask(`{ messages { items { ${copies(700)} } } }`);
    expect(data).toEqual({ messages: null });
    expect(errors).toMatchObject([{ path: ['messages'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('are shared by all pages of a request, which go on where they ended', async () => {
    await push(40, 64 * KIB);
    const pages = Array.from({ length: 20 }, (_, i) => `p${i}: messages { items { id message } nextToken }`).join(' ');
    const { bytes, data, errors } = await ask(`{ ${pages} }`);
    expect(errors).toBeUndefined();
    expect(bytes).toBeLessThan(MOST_BYTES);
    const last = data.p19 as Page;
    expect(last.items.length).toBeLessThan(40);
    expect(last.nextToken).not.toBeNull();
    const { data: rest } = await ask(
      'query ($nextToken: String) { messages(nextToken: $nextToken) { items { id message } nextToken } }',
      {
        nextToken: last.nextToken,
      },
    );
    expect(last.items.length + (rest.messages?.items.length ?? 0)).toBe(40);
  });

  test('are bounded for single messages, too', async () => {
    const [id] = await push(1, 64 * KIB);
    const many = Array.from({ length: 200 }, (_, i) => `p${i}: message(id: "${id}") { message }`).join(' ');
    const { bytes, errors } = await ask(`{ ${many} }`);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('count long names, and copies within fragments', async () => {
    await push(100, 10);
    const long = await ask(`{ messages { items { ${'a'.repeat(500_000)}: id } nextToken } }`);
    expect(long.bytes).toBeLessThan(MOST_BYTES);
    expect(long.data.messages?.items.length).toBeLessThan(100);
    const spread = await ask(
      `{ ${Array.from({ length: 100 }, (_, i) => `p${i}: messages { items { ...F } }`).join(' ')} } fragment F on Message { ${copies(500, 'recipient')} }`,
    );
    expect(spread.bytes).toBeLessThan(MOST_BYTES);
  });

  test('of a push are foreseen: what would be too long is refused before anything is stored', async () => {
    const query = `mutation ($r: [String!]!, $m: String!) { pushMessage(input: { recipients: $r, message: $m }) { item { ${copies(100)} } } }`;
    const variables = { r: Array.from({ length: 100 }, (_, i) => `r${i}`), m: 'x'.repeat(64 * KIB) };
    const { data, errors } = await ask(query, variables);
    expect(data).toEqual({ pushMessage: null });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const fields = Array.from(
      { length: 100 },
      (_, i) => `p${i}: pushMessage(input: { recipients: $r, message: $m }) { item { message } }`,
    );
    const { bytes } = await ask(`mutation ($r: [String!]!, $m: String!) { ${fields.join(' ')} }`, variables);
    expect(bytes).toBeLessThan(25 * KIB * KIB);
    expect(api.store.messages.length).toBeLessThan(400);
  });

  test('of an ordinary push are what its input makes them', async () => {
    const variables = { r: Array.from({ length: 255 }, (_, i) => `r${i}`), m: 'x'.repeat(64 * KIB) };
    const { data } = await ask(
      'mutation ($r: [String!]!, $m: String!) { pushMessage(input: { recipients: $r, message: $m }) { item { id message } error { code } } }',
      variables,
    );
    expect(data.pushMessage).toHaveLength(255);
  });

  test('that nobody reads are kept for a few requests of a tenant: further pages wait, and its pushes do not', async () => {
    await push(140, 64 * KIB);
    const body = JSON.stringify({ query: '{ messages(limit: 1000) { items { message } } }' });
    const head = ['POST /graphql HTTP/1.1', 'Host: 127.0.0.1', `x-api-key: ${KEY}`, 'Content-Type: application/json'];
    const readers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
        socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        await once(socket, 'readable');
        return socket;
      }),
    );
    let isAnswered = false;
    const page = ask('{ messages(limit: 1) { items { id } } }').then(({ data }) => {
      isAnswered = true;
      return data;
    });
    for (let i = 0; i < 20; i++) await push(1, 1);
    expect(isAnswered).toBe(false);
    for (const socket of readers) socket.destroy();
    expect((await page).messages?.items).toHaveLength(1);
  });
});
