import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/core/domain/live/json.js';
import { compileCondition } from '../../../src/live/matching/cel-condition.js';
import { liveEvent } from '../support.js';

const data = {
  n: 3,
  price: 2.5,
  s: 'abc',
  list: [1, 2, 3],
  owner: { name: 'Ann', tags: ['x'] },
  ok: true,
  items: [{ id: 'a', q: 2 }],
  none: null,
};
const event = liveEvent({ topic: 'file:1', type: 'update', name: 'a.pdf', data, previous: { n: 2 }, changed: ['n'] });
const holds = (text: string, of = event) => compileCondition('condition', text).holds(of, { left: 1_000_000 });
const withData = (given: JsonObject) => liveEvent({ topic: 'file:1', type: 'update', data: given });

describe('conditions', () => {
  it.each([
    'data.n > 2',
    'data.n == 3',
    'data.n != previous.n',
    'data.price > 2.4 && data.price < 2.6',
    'type == "update"',
    'type in ["create", "update"]',
    'topic.startsWith("file:")',
    'topic == "file:1"',
    'name.endsWith(".pdf")',
    '"n" in changed',
    'changed.exists(c, c == "n")',
    'has(data.owner.name) && !has(data.owner.age)',
    'has(data.type) || true',
    'data.items.exists(i, i.q > 1 && i.id == "a")',
    'data.list.all(x, x < 10)',
    'data.list.exists_one(x, x == 2)',
    'data.list.filter(x, x > 1).size() == 2',
    'data.list.map(x, x * 2.0) == [2.0, 4.0, 6.0]',
    'data.items.all(type, type.q == 2)',
    'size(data.list) == 3',
    'data.s.size() == 3',
    'data.s.contains("b")',
    'data.s.matches("^a.c$")',
    'data.s + "d" == "abcd"',
    'data.owner == {"name": "Ann", "tags": ["x"]}',
    'data.none == null',
    'data.missing == 1 || true',
    'data.ok',
    'data["n"] == 3',
    'int(data.n) % 2 == 1',
    'data.n > 5 ? false : true',
    '-data.n < 0',
    '!(data.n > 5)',
    'timestamp("2020-01-01T00:00:00Z") < timestamp("2021-01-01T00:00:00Z")',
    '"é\\"\\\\" != data.s',
  ])('holds: %s', (text) => {
    expect(holds(text)).toBe(true);
  });

  it.each([
    'data.n > 3',
    'type == "create"',
    'data.s.matches("b$")',
    '"x" in changed',
    'has(previous.s)',
    'data.list.all(x, x > 1)',
  ])('does not hold: %s', (text) => {
    expect(holds(text)).toBe(false);
  });

  it.each([
    'data.missing == 1',
    'data.n.startsWith("a")',
    'data.n + "a" == "3a"',
    'data.list[7] == 1',
    'data.n',
    'data.none.x == 1',
    'data.n.matches("3")',
  ])('counts as false where it fails on the event: %s', (text) => {
    expect(holds(text)).toBe(false);
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['data.n >', 'no condition'],
    ['unknown == 1', 'Unknown variable: unknown'],
    ['1 + 2', 'not bool'],
    ['"text"', 'not bool'],
    ['data.foo()', 'no condition'],
    ['topic > 1', 'no condition'],
    ['tidings_type == "x"', 'tidings_type'],
    ['tidings_sized(1) == 1', 'tidings_sized'],
    ['cel.bind(a, data.s, a == "x")', 'cel.bind'],
    ['data.s.matches(data.s)', 'literal'],
    ['data.s.matches("(")', 'RE2'],
    ['data.s == "\u0000"', 'U+0000'],
    [`data.s == "${'x'.repeat(1024)}"`, '1024 bytes'],
    [`${'('.repeat(200)}data.ok${')'.repeat(200)}`, 'no condition'],
    [`${'!'.repeat(200)}data.ok`, 'no condition'],
    [`data.n in [${'1,'.repeat(400)}1]`, 'no condition'],
  ])('refuses %s', (text, reason) => {
    const compile = () => compileCondition('condition', text);
    expect(compile).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', details: { field: 'condition' } }));
    expect(compile).toThrow(reason);
  });

  it('is bounded in steps, however loops are nested, and whether they go on after an error or not', () => {
    const list = Array.from({ length: 3000 }, () => 1);
    for (const loop of ['all', 'exists', 'exists_one', 'filter', 'map']) {
      const isBool = !['filter', 'map'].includes(loop);
      const inner = `data.l.${loop}(y, data.l.all(z, z == 1 && y == 1))${isBool ? '' : '.size() >= 0'}`;
      expect(holds(`data.l.all(x, ${inner})`, withData({ l: list }))).toBe(false);
      expect(holds(`!data.l.all(x, !(${inner}))`, withData({ l: list }))).toBe(false);
    }
    expect(holds('data.l.all(x, x == 1)', withData({ l: list }))).toBe(true);
    expect(holds('data.l.exists(x, data.l.exists(y, data.nothing == 1)) || true', withData({ l: list }))).toBe(false);
  });

  it('counts what texts and structures cost', () => {
    const text = 'a'.repeat(60_000);
    const list = Array.from({ length: 1000 }, () => 1);
    expect(holds('data.s.contains("b")', withData({ s: text }))).toBe(false);
    expect(holds('data.s == data.s', withData({ s: text }))).toBe(true);
    expect(holds('data.l.all(x, data.s == data.s)', withData({ s: text, l: list }))).toBe(false);
    expect(holds('data.l.map(x, data.l) == data.l.map(x, data.l)', withData({ l: list }))).toBe(false);
    expect(holds('data.s.matches("(a|aa)+$")', withData({ s: text }))).toBe(false);
    expect(holds('data.s.matches("(x+x+)+y")', withData({ s: 'x'.repeat(30) }))).toBe(false);
  });

  it('does not see what is no event data', () => {
    for (const text of [
      'data.constructor != null',
      'data.__proto__ != null',
      'data.toString != null',
      'has(data.hasOwnProperty)',
    ])
      expect(holds(text)).toBe(false);
  });

  it('answers the same again', () => {
    const condition = compileCondition('condition', 'data.list.all(x, x < 10) && data.s.matches("a")');
    expect([1, 2, 3].map(() => condition.holds(event, { left: 1_000_000 }))).toEqual([true, true, true]);
  });
});
