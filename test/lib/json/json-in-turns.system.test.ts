import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactJson } from '../../../src/lib/json/exact-json.js';
import { JsonInParts, parseJsonInTurns } from '../../../src/lib/json/json-in-turns.js';

const outcome = async (parse: () => unknown): Promise<unknown> => {
  try {
    return { value: await parse() };
  } catch (error) {
    return (error as Error).name;
  }
};

async function parseParts(bytes: Buffer, partBytes: number): Promise<unknown> {
  const json = new JsonInParts(nextTurn);
  for (let at = 0; at < bytes.length; at += partBytes) await json.add(bytes.subarray(at, at + partBytes));
  return json.end();
}

const bothOf = async (text: string, partBytes: number) => [
  await outcome(() => parseParts(Buffer.from(text), partBytes)),
  await outcome(() => parseExactJson(text)),
];

describe('JSON that is parsed in parts and turns', () => {
  test.each([
    'null',
    '[true,false,null,-0,0.5,1e3,-1.5E-7,12345678901234567890,-1e999]',
    '{"a":{"b":[{}]},"":[],"a":1,"__proto__":{"x":1},"constructor":2}',
    '"\\u0041\\ud83d\\ude00\\n\\/\\"\\\\ \u2028é🙂"',
    '[1e5,-0.25e-2,7]',
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
    for (const partBytes of [1, 2, 3, 7, 1_000]) {
      const [inParts, atOnce] = await bothOf(text, partBytes);
      expect(inParts).toEqual(atOnce);
      expect(JSON.stringify(inParts)).toBe(JSON.stringify(atOnce));
    }
  });

  test('what has more names or entries than any input takes keeps so many, with the latest value of each name', async () => {
    const names = Array.from({ length: 100_000 }, (_, n) => `"name-${n}":1`).join();
    const text = `{"few":{"a":1,"a":2},"many":{"a":1,${names},"a":2},"list":[${'1,'.repeat(100_000)}1]}`;
    const value = (await parseParts(Buffer.from(text), 65_536)) as {
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
      fc.asyncProperty(fc.oneof(fc.json(), damaged), fc.integer({ min: 1, max: 50 }), async (text, partBytes) => {
        const [inParts, atOnce] = await bothOf(text, partBytes);
        expect(inParts).toEqual(atOnce);
      }),
      { numRuns: 200 },
    );
  });

  test('has no depth, and lets others have their turn meanwhile', async () => {
    const deep = `${'['.repeat(600_000)}${']'.repeat(600_000)}`;
    const many = `[${'1,'.repeat(600_000)}1e20]`;
    let turns = 0;
    let parsing = true;
    const others = (async () => {
      for (; parsing; turns++) await nextTurn();
    })();
    expect(Array.isArray(await parseParts(Buffer.from(deep), 65_536))).toBe(true);
    expect(await parseJsonInTurns(many, nextTurn)).toHaveLength(40_000);
    parsing = false;
    await others;
    expect(turns).toBeGreaterThan(2);
  });

  test('a text is kept whole at the first level, where documents stand, and as far as any input takes it below', async () => {
    const long = 'x'.repeat(1_000_000);
    const value = (await parseParts(Buffer.from(JSON.stringify({ query: long, variables: { long } })), 65_536)) as {
      query: string;
      variables: { long: string };
    };
    expect(value.query).toBe(long);
    expect(value.variables.long.length).toBeGreaterThan(65_536);
    expect(value.variables.long.length).toBeLessThan(300_000);
  });

  test.each(['22ff22', '22c3', '22c328', '22f09f99'])('bytes %s are no UTF-8', async (hex) => {
    for (const partBytes of [1, 10]) {
      expect(await outcome(() => parseParts(Buffer.from(hex, 'hex'), partBytes))).toBe('TypeError');
    }
  });
});
