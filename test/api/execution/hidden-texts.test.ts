import { describe, expect, test } from '@jest/globals';
import { buildSchema, execute, type FormattedExecutionResult, isObjectType, parse } from 'graphql';
import { createExecutor } from '../../../src/api/execution/executor.js';
import { markText } from '../../../src/api/execution/hidden-texts.js';
import { encodeResponse } from '../../../src/api/execution/response-encoder.js';

const TEXT = 'Grüße 👋 "quoted"';
const LENGTH = `[${Buffer.byteLength(TEXT)} bytes]`;

/** Texts at every depth; `late` is what graphql-js alone can complete. */
function createFixture() {
  const original = buildSchema(`
    type Note { id: ID! text: String! hidden: Boolean! inner: [Note!] late: Note }
    type Page { items: [Note!]! }
    type Query { note: Note notes: [Note!] page: Page bare: Note }
  `);
  const note = (id: string) => ({ id, text: TEXT, inner: [{ id: `${id}.1`, text: TEXT }] });
  const values: Record<string, () => unknown> = {
    note: () => note('1'),
    notes: () => [note('1'), { ...note('2'), late: async () => note('3') }],
    page: () => ({ items: Array.from({ length: 40 }, (_, i) => note(`${i}`)) }),
    bare: () => ({ id: '1', text: async () => TEXT }),
  };
  const fields = original.getQueryType()?.getFields() ?? {};
  for (const [name, resolve] of Object.entries(values)) Object.assign(fields[name] ?? {}, { resolve });
  const type = original.getType('Note');
  const { text, hidden } = isObjectType(type) ? type.getFields() : {};
  if (text) markText(text, 'text');
  if (hidden) markText(hidden, 'isHidden');
  const { schema, execute: run } = createExecutor(original);
  return async (document: ReturnType<typeof parse>, hidesTexts: boolean, variableValues = {}) => {
    const operation = { document, variableValues, contextValue: { hidesTexts } };
    const fast = await run(operation);
    return {
      isFast: fast !== null,
      json: encodeResponse((fast ?? (await execute({ schema, ...operation }))) as FormattedExecutionResult),
    };
  };
}

describe('texts that are marked', () => {
  const run = createFixture();
  test.each([
    ['one', '{ note { id text hidden } }', true],
    ['nested, under other names', '{ note { a: text text b: text h: hidden inner { text hidden } } }', true],
    ['of a fragment', '{ note { ...F inner { ...F } } } fragment F on Note { text hidden }', true],
    ['under a directive', 'query ($yes: Boolean!) { note { text @include(if: $yes) hidden } }', true],
    ['of a long page', '{ page { items { text hidden inner { text } } } }', true],
    ['beside what is still to come', '{ notes { text hidden late { text hidden inner { text hidden } } } }', false],
    ['that are still to come', '{ bare { text hidden } }', false],
    ['beside introspection', '{ __schema { queryType { name } } note { text hidden } }', false],
  ])('are hidden from those who may not see them, and only from those: %s', async (_name, query, isFast) => {
    // One document, as the parser's memory has it: what is compiled for one must not serve the other.
    const document = parse(query);
    for (const hidesTexts of [false, true, false, true]) {
      const { json, ...answer } = await run(document, hidesTexts, { yes: true });
      expect(answer.isFast).toBe(isFast);
      expect(json).not.toContain('"errors"');
      expect(json.includes('👋')).toBe(!hidesTexts);
      expect(json.includes(LENGTH)).toBe(hidesTexts);
      expect(json.includes(`:${hidesTexts}`)).toBe(json.includes('hidden'));
      expect(json).not.toContain(`:${!hidesTexts}`);
    }
  });
});
