import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactJson } from '../../src/lib/exact-json.js';
import { parseJsonInTurns } from '../../src/lib/json-in-turns.js';

/** Makes a text so long that it is not parsed at once. */
const PADDING = ' '.repeat(1_100_000);
const outcome = async (parse: () => unknown): Promise<unknown> => {
  try {
    return { value: await parse() };
  } catch (error) {
    return (error as Error).name;
  }
};
const bothOf = async (text: string) => [
  await outcome(() => parseJsonInTurns(text, nextTurn)),
  await outcome(() => parseExactJson(text)),
];

describe('JSON that is parsed in turns', () => {
  test.each([
    'null',
    '[true,false,null,-0,0.5,1e3,-1.5E-7,12345678901234567890,-1e999]',
    '{"a":{"b":[{}]},"":[],"a":1,"__proto__":{"x":1},"constructor":2}',
    '"\\u0041\\ud83d\\ude00\\n\\/\\"\\\\ \u2028é"',
    '[01]',
    '[1.]',
    '[+1]',
    '[.5]',
    '[1e]',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    '["\\x41"]',
    '["\\u12g4"]',
    '["a\nb"]',
    '["a',
    '[1 2]',
    '[1]]',
    '[',
    '{"a"',
    'nul',
    'truefalse',
    '\u00a0[]',
    '',
  ])('%j is what it is at once', async (text) => {
    const [inTurns, atOnce] = await bothOf(PADDING + text);
    expect(inTurns).toEqual(atOnce);
    expect(JSON.stringify(inTurns)).toBe(JSON.stringify(atOnce));
  });

  test('what has more names or entries than any input takes keeps so many, with the latest value of each name', async () => {
    const names = Array.from({ length: 100_000 }, (_, n) => `"name-${n}":1`).join();
    const text = `{"few":{"a":1,"a":2},"many":{"a":1,${names},"a":2},"list":[${'1,'.repeat(100_000)}1]}`;
    const value = (await parseJsonInTurns(text + PADDING, nextTurn)) as {
      few: object;
      many: Record<string, number>;
      list: number[];
    };
    expect(value.list).toEqual(Array(40_000).fill(1));
    expect(value.few).toEqual({ a: 2 });
    expect(Object.keys(value.many)).toHaveLength(16_384);
    expect([value.many.a, value.many['name-16382']]).toEqual([2, 1]);
  });

  test('any text, valid or damaged, is what it is at once', async () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '\\', '}', ']', '0', 'e', '\u0001'))
      .map(([text, at, instead]) => text.slice(0, at % (text.length + 1)) + instead + text.slice((at % (text.length + 1)) + 1));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), damaged), async (text) => {
        const [inTurns, atOnce] = await bothOf(text + PADDING);
        expect(inTurns).toEqual(atOnce);
      }),
      { numRuns: 200 },
    );
  });

  test('has no depth, and lets others have their turn meanwhile', async () => {
    const deep = `${'['.repeat(600_000)}${']'.repeat(600_000)}`;
    const many = `[${'1,'.repeat(600_000)}1]`;
    let turns = 0;
    let parsing = true;
    const others = (async () => {
      for (; parsing; turns++) await nextTurn();
    })();
    expect(Array.isArray(await parseJsonInTurns(deep, nextTurn))).toBe(true);
    expect(((await parseJsonInTurns(many, nextTurn)) as unknown[]).length).toBe(40_000);
    const long = await parseJsonInTurns(`"${'x'.repeat(2_000_000)}\\n"`, nextTurn);
    expect(String(long).length).toBe(2_000_001);
    parsing = false;
    await others;
    expect(turns).toBeGreaterThan(2);
  });
});
