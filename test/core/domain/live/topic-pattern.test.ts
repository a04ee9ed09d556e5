import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  coveredBy,
  covers,
  foldFirst,
  matches,
  parsePattern,
  parseTopic,
  partOfPattern,
  partsOfEvent,
} from '../../../../src/core/domain/live/topic-pattern.js';

const segment = fc.constantFrom('a', 'b');
const pattern = fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 3 });

/** All topics of up to `length` segments over two names and one that no pattern has. */
function allTopics(length: number): string[][] {
  const shorter = length === 0 ? [[]] : allTopics(length - 1);
  return length === 0
    ? shorter
    : [
        ...shorter,
        ...shorter.filter((one) => one.length === length - 1).flatMap((one) => ['a', 'b', 'z'].map((s) => [...one, s])),
      ];
}

/** A pattern, read as a regular expression. */
const asRegExp = (segments: readonly string[]) =>
  new RegExp(`^${segments.map((one) => (one === '*' ? '[^:]+' : one)).join(':')}(:|$)`);

describe('live topics', () => {
  it.each([
    'test',
    'file:37c3b618',
    'customer_id:5013:activeflow:74ac',
    'ä:😀',
    'a b',
    Array(16).fill('x').join(':'),
    'x'.repeat(512),
  ])('accepts %s', (text) => {
    expect(parseTopic(text)).toEqual(text.split(':'));
    expect(parsePattern(text)).toEqual(text.split(':'));
  });

  it.each([
    '',
    ':',
    'a:',
    ':a',
    'a::b',
    'a:b*',
    'a*:b',
    '**',
    'a\nb',
    'a\u007f',
    'a\u0085',
    'a\u0000',
    'a\ud800',
    Array(17).fill('x').join(':'),
    'x'.repeat(513),
    'é'.repeat(257),
  ])('refuses %j', (text) => {
    expect(parseTopic(text)).toBeNull();
    expect(parsePattern(text)).toBeNull();
  });

  it('lets only patterns have segments that are *', () => {
    for (const text of ['*', 'a:*', '*:b', '*:*:*']) {
      expect(parseTopic(text)).toBeNull();
      expect(parsePattern(text)).toEqual(text.split(':'));
    }
  });

  it.each([
    ['a:b', 'a:b', true],
    ['a:b', 'a:b:c', true],
    ['a:b', 'a:bc', false],
    ['a:b', 'a', false],
    ['*', 'a', true],
    ['*', 'a:b:c', true],
    ['a:*', 'a', false],
    ['a:*:c', 'a:x:c:d', true],
    ['a:*:c', 'a:x:y:c', false],
  ])('%s against %s: %s', (one, topic, answer) => {
    expect(matches(one.split(':'), topic.split(':'))).toBe(answer);
  });

  it('matches as the regular expression of its pattern does', () => {
    fc.assert(
      fc.property(pattern, (one) => {
        for (const topic of allTopics(4).slice(1)) expect(matches(one, topic)).toBe(asRegExp(one).test(topic.join(':')));
      }),
    );
  });

  it('covers a pattern if and only if every topic of the pattern is one of the grant', () => {
    fc.assert(
      fc.property(pattern, pattern, (grant, one) => {
        const every = allTopics(4)
          .slice(1)
          .every((topic) => !matches(one, topic) || matches(grant, topic));
        expect(covers(grant, one)).toBe(every);
      }),
    );
  });

  it('is granted by any grant that covers it, and by none if there are none', () => {
    expect(coveredBy([['a'], ['b', '*']], ['b', 'x', 'y'])).toBe(true);
    expect(coveredBy([['a'], ['b', '*']], ['b'])).toBe(false);
    expect(coveredBy([], ['b'])).toBe(false);
  });

  it('folds the first segment only', () => {
    expect(foldFirst(['File', 'Ab'])).toEqual(['file', 'Ab']);
  });

  it('puts an event and the patterns that match it into a common part', () => {
    fc.assert(
      fc.property(pattern, (one) => {
        for (const topic of allTopics(3).slice(1)) {
          if (!matches(one, topic)) continue;
          const part = partOfPattern(one);
          expect([...partsOfEvent({ topic: topic.join(':'), parent: null }), '*']).toContain(part);
          expect([...partsOfEvent({ topic: 'other', parent: topic.join(':') }), '*']).toContain(part);
        }
      }),
    );
    expect(partsOfEvent({ topic: 'File:1', parent: 'file:2' })).toEqual(['file']);
    expect(partOfPattern(['FILE', '1'])).toBe('file');
  });
});
