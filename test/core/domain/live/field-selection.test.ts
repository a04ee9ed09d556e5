import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ALWAYS,
  select,
  selectionKey,
  selectionOfPaths,
  selectionOfShape,
  unite,
} from '../../../../src/core/domain/live/field-selection.js';
import {
  canonicalJson,
  isJsonObject,
  type Json,
  type JsonObject,
  jsonEqual,
  jsonProblem,
} from '../../../../src/core/domain/live/json.js';

const name = fc.constantFrom('a', 'b', 'c', 'id', 'key', 'self');
const { value } = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(1, 'x', null, false),
    tie('object'),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
  object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
const object = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'));
const paths = fc.array(path, { maxLength: 4 });

/** Lists the paths to scalars and to empty objects and arrays. Positions in arrays do not count as names. */
function leaves(of: Json, at: string[] = []): string[] {
  if (Array.isArray(of)) return of.filter(isJsonObject).flatMap((item) => leaves(item, at));
  if (!isJsonObject(of) || Object.keys(of).length === 0) return [at.join('.')];
  return Object.entries(of).flatMap(([key, item]) => leaves(item, [...at, key]));
}

describe('fields', () => {
  it('come by dotted paths, with those that always come', () => {
    const data = {
      id: 1,
      key: 2,
      self: 3,
      reference_id: 4,
      owner: { name: 'Ann', id: 9 },
      items: [{ n: 1, m: 2 }, 5],
      none: null,
      big: { x: 1 },
    };
    expect(select(data, selectionOfPaths(['owner.name', 'items.n', 'none.x', 'big.x.y', 'nothing']))).toEqual({
      id: 1,
      key: 2,
      self: 3,
      reference_id: 4,
      owner: { name: 'Ann' },
      items: [{ n: 1 }, 5],
      none: null,
      big: {},
    });
    expect(select(data, selectionOfPaths([]))).toEqual({ id: 1, key: 2, self: 3, reference_id: 4 });
    expect(select({ owner: 1 }, selectionOfPaths(['owner.name']))).toEqual({});
  });

  it('come by the shape of a JSON object', () => {
    const data = { key: 1, voyage: { name: 'V', port: { code: 'P', name: 'Q' } }, rest: 1 };
    expect(select(data, selectionOfShape({ voyage: { port: { code: '' } } }, ['key']))).toEqual({
      key: 1,
      voyage: { port: { code: 'P' } },
    });
    expect(select(data, selectionOfShape({ voyage: {} }))).toEqual({ voyage: data.voyage });
    expect(select(data, selectionOfShape({ voyage: null, nothing: { x: 1 } }))).toEqual({ voyage: data.voyage });
  });

  it('by shape bring what always comes of each sub-object, and what lists name of their items', () => {
    const data = { key: 1, ports: [{ key: 2, code: 'P', name: 'Q' }, null, 'x', [{ key: 3, code: 'R', name: 'S' }]] };
    const selected = { key: 1, ports: [{ key: 2, code: 'P' }, null, 'x', [{ key: 3, code: 'R' }]] };
    for (const ports of [{ code: '' }, [{ code: '' }], [[{ code: '' }]], [{ code: '' }, { other: '' }]])
      expect(select(data, selectionOfShape({ ports }, ['key']))).toEqual(selected);
    for (const ports of [[], [''], [{}], [{ code: '' }, '']])
      expect(select(data, selectionOfShape({ ports }, ['key']))).toEqual(data);
  });

  it('that are selected are exactly those whose path begins with a given one', () => {
    fc.assert(
      fc.property(object, paths, (data, given) => {
        const wanted = [...ALWAYS, ...given];
        const isWanted = (leaf: string) => wanted.some((one) => leaf === one || leaf.startsWith(`${one}.`));
        const selected = select(data, selectionOfPaths(given));
        const found = leaves(selected).filter((leaf) => leaf !== '');
        const expected = leaves(data).filter((leaf) => leaf !== '' && isWanted(leaf));
        for (const leaf of expected) expect(found).toContain(leaf);
        // The others are objects on the way, with no wanted attribute in them, and null in place of one.
        for (const leaf of found) expect(isWanted(leaf) || wanted.some((one) => one.startsWith(`${leaf}.`))).toBe(true);
      }),
    );
  });

  it('of several subscriptions are united', () => {
    fc.assert(
      fc.property(object, paths, paths, (data, a, b) => {
        const united = unite(selectionOfPaths(a), selectionOfPaths(b));
        const both = selectionOfPaths([...a, ...b]);
        expect(selectionKey(united)).toBe(selectionKey(both));
        expect(jsonEqual(select(data, united), select(data, both))).toBe(true);
      }),
    );
  });

  it('have one key whatever their order', () => {
    expect(selectionKey(selectionOfPaths(['b.y', 'b.x', 'a']))).toBe(selectionKey(selectionOfPaths(['a', 'b.x', 'b.y', 'b.x'])));
    expect(selectionKey(selectionOfPaths(['b.x', 'b']))).toBe(selectionKey(selectionOfPaths(['b', 'b.x'])));
    expect(selectionKey(selectionOfPaths(['b.x']))).not.toBe(selectionKey(selectionOfPaths(['b'])));
  });
});

describe('JSON equality', () => {
  it('is that of values, not of their order or notation', () => {
    expect(jsonEqual(JSON.parse('{"a":1,"b":[1.0,-0]}'), JSON.parse('{"b":[1e0,0],"a":1}'))).toBe(true);
    for (const [a, b] of [
      [1, '1'],
      [null, false],
      [
        [1, 2],
        [2, 1],
      ],
      [{ a: 1 }, { a: 1, b: null }],
      ['', null],
    ] as Array<[Json, Json]>)
      expect(jsonEqual(a, b)).toBe(false);
  });

  it('agrees with a comparison member by member', () => {
    const same = (a: Json, b: Json): boolean => {
      if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i] as Json));
      if (isJsonObject(a))
        return (
          isJsonObject(b) &&
          Object.keys(a).length === Object.keys(b).length &&
          Object.keys(a).every((k) => Object.hasOwn(b, k) && same(a[k] as Json, b[k] as Json))
        );
      return a === b;
    };
    fc.assert(fc.property(value, value, (a, b) => expect(canonicalJson(a) === canonicalJson(b)).toBe(same(a, b))));
  });

  it('refuses what is too deep or no clean text', () => {
    const deep = (levels: number): Json => (levels === 0 ? 1 : [deep(levels - 1)]);
    expect(jsonProblem(deep(64))).toBeNull();
    expect(jsonProblem(deep(65))).toMatch('nested');
    expect(jsonProblem({ a: ['\ud800'] })).toMatch('surrogate');
    expect(jsonProblem({ 'a\u0000': 1 })).toMatch('attribute');
    expect(jsonProblem(undefined)).toMatch('no JSON');
  });
});
