import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Json, type JsonObject, jsonEqual } from '../../../src/core/domain/live/json.js';
import { matches } from '../../../src/core/domain/live/topic-pattern.js';
import { type Indexed, SubscriptionIndex } from '../../../src/live/matching/subscription-index.js';

const segment = fc.constantFrom('a', 'b', 'c');
const topic = fc.array(segment, { minLength: 1, maxLength: 4 });
const pattern = fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 4 });
const type = fc.constantFrom('create', 'update', 'delete');
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(0, -0, 1, '1', true, null, 'x', [1, 2], [2, 1], { p: 1, q: [] }, { q: [], p: 1 }),
  fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
);
const attributes = fc.dictionary(fc.constantFrom('x', 'y', 'z', '__proto__', ''), value, {
  maxKeys: 3,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;
const subscription: fc.Arbitrary<Indexed> = fc.record({
  segments: pattern,
  exact: fc.boolean(),
  types: fc.option(fc.array(type, { minLength: 1, maxLength: 3 })),
  where: fc.option(attributes),
});
const event = fc.record({ topic, type, data: attributes });

function isMatch(item: Indexed, { topic, type, data }: { topic: string[]; type: string; data: JsonObject }): boolean {
  return (
    matches(item.segments, topic) &&
    (!item.exact || item.segments.length === topic.length) &&
    (item.types === null || item.types.includes(type)) &&
    Object.entries(item.where ?? {}).every(([name, wanted]) => Object.hasOwn(data, name) && jsonEqual(data[name] as Json, wanted))
  );
}

describe('the index of subscriptions', () => {
  it('finds what a scan finds, each once, also after deletions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(subscription, fc.boolean()), { maxLength: 40 }),
        fc.array(event, { maxLength: 5 }),
        (given, events) => {
          const items = given.map(([item]) => ({ ...item }));
          const index = new SubscriptionIndex<Indexed>();
          for (const item of items) index.add(item);
          const gone = new Set(items.filter((_, i) => given[i]?.[1]));
          for (const item of gone) index.delete(item);
          expect(index.size).toBe(items.length - gone.size);
          for (const one of events) {
            const found: Indexed[] = [];
            index.find(one.topic, one, (item) => found.push(item));
            const wanted = items.filter((item) => !gone.has(item) && isMatch(item, one));
            expect(found.length).toBe(wanted.length);
            expect(new Set(found)).toEqual(new Set(wanted));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps nothing of what was deleted', () => {
    const index = new SubscriptionIndex<Indexed>();
    const items: Indexed[] = [
      { segments: ['a', '*', 'c'], exact: false, types: ['create', 'update'], where: { x: 1 } },
      { segments: ['a'], exact: true, types: null, where: null },
      { segments: ['*'], exact: false, types: null, where: { x: 1, y: 2 } },
    ];
    expect(index.nodes).toBe(1);
    for (const item of items) index.add(item);
    expect(index.nodes).toBeGreaterThan(items.length);
    for (const item of items) index.delete(item);
    for (const item of items) index.delete(item);
    expect(index.size).toBe(0);
    expect(index.nodes).toBe(1);
  });
});
