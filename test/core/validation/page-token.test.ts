import { describe, expect, test } from '@jest/globals';
import { createPageTokens, type PageScope } from '../../../src/core/validation/page-token.js';
import { errorOf, refused } from './support.js';

describe('the token of a page', () => {
  const scope: PageScope = { tenantId: 't1', query: 'messages', filter: { recipient: 'ann', createdAt: null } };
  const id = '0189c3f0-1234-7abc-8def-000000000001';
  const tokens = createPageTokens(['a'.repeat(32)]);
  const token = tokens.seal(scope, id);

  test('opens for the query that it was made for', () => expect(tokens.open('x', scope, token)).toBe(id));

  test('opens for the same filter in a version that has one key more, which is not given', () => {
    const later = { ...scope, filter: { ...scope.filter, added: undefined } };
    expect(tokens.open('x', later, token)).toBe(id);
    expect(tokens.seal(later, id)).toBe(token);
  });

  test.each([
    ['another tenant', { ...scope, tenantId: 't2' }],
    ['another query', { ...scope, query: 'globalMessages' as const }],
    ['another filter', { ...scope, filter: { recipient: 'bob', createdAt: null } }],
  ])('does not open for %s', (_name, other) => expect(errorOf(() => tokens.open('input.x', other, token))).toEqual(refused));

  test('does not open if any of its characters was changed, or was added or left out', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let i = 0; i < token.length; i++) {
      const next = alphabet[(alphabet.indexOf(token[i] as string) + 1) % 64];
      expect(errorOf(() => tokens.open('input.x', scope, token.slice(0, i) + next + token.slice(i + 1)))).toEqual(refused);
    }
    for (const other of [`${token}=`, `${token}A`, ` ${token}`, token.slice(1), token.slice(0, -1), '', `${token}${token}`]) {
      expect(errorOf(() => tokens.open('input.x', scope, other))).toEqual(refused);
    }
  });

  test('survives a rotation of secrets', () => {
    const moved = createPageTokens(['b'.repeat(32), 'a'.repeat(32)]);
    expect(moved.open('x', scope, token)).toBe(id);
    expect(errorOf(() => createPageTokens(['b'.repeat(32)]).open('input.x', scope, token))).toEqual(refused);
  });
});
