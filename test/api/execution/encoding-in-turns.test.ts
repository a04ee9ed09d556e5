import { expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { createExecutor } from '../../../src/api/execution/executor.js';
import { encodeInPieces } from '../../../src/api/execution/response-encoder.js';

/** Answers `page` with this. */
function executorOf(page: unknown) {
  const schema = buildSchema('type Item { text: String! } type Page { items: [Item!]! next: String } type Query { page: Page }');
  Object.assign(schema.getQueryType()?.getFields().page ?? {}, { resolve: () => page });
  return createExecutor(schema);
}

test('a page of long texts is encoded in many turns of the event loop, in pieces', async () => {
  const page = { items: Array.from({ length: 100 }, (_, i) => ({ text: `${i}`.padEnd(64 * 1024, 'é') })), next: null };
  const executor = executorOf(page);
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const result = await executor.execute({
    document: parse('{ page { items { text } next } }'),
    contextValue: { hidesTexts: false },
  });
  isDone = true;
  expect(turns).toBeGreaterThan(20);
  const answer = encodeInPieces({ data: result?.data ?? null });
  const bytes = answer?.bytes;
  const pieces = [...(answer?.take() ?? [])];
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(512 * 1024);
  const text = Buffer.concat(pieces);
  expect(text.toString()).toBe(JSON.stringify({ data: { page } }));
  expect(bytes).toBe(text.length);
});

test('one item that selects a long text again and again is encoded in pieces', async () => {
  const text = 'é'.repeat(8_000);
  const aliases = Array.from({ length: 200 }, (_, n) => `t${n}`);
  const result = await executorOf({ items: [{ text }], next: null }).execute({
    document: parse(`{ page { next items { ${aliases.map((alias) => `${alias}: text`).join(' ')} again: text __typename } } }`),
    contextValue: { hidesTexts: false },
  });
  const pieces = [...(encodeInPieces({ data: result?.data ?? null })?.take() ?? [])];
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(512 * 1024);
  const item = Object.fromEntries([...aliases, 'again'].map((alias) => [alias, text]));
  const page = { next: null, items: [{ ...item, __typename: 'Item' }] };
  expect(Buffer.concat(pieces).toString()).toBe(JSON.stringify({ data: { page } }));
});
