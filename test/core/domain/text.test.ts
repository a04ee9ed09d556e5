import { describe, expect, test } from '@jest/globals';
import { hasLength, isCleanText } from '../../../src/core/domain/text.js';

describe('text', () => {
  test('is clean unless it has lone surrogates or U+0000', () => {
    expect(['', 'é🙂\u2028', '\u0001'].map(isCleanText)).toEqual([true, true, true]);
    expect(['\ud800', 'a\udc00b', '\udc00\ud800', 'a\0'].map(isCleanText)).toEqual([false, false, false, false]);
  });
  test('is counted in code points', () => {
    expect(hasLength('🙂'.repeat(256), 256)).toBe(true);
    expect(hasLength('🙂'.repeat(257), 256)).toBe(false);
    expect(hasLength(`a${'🙂'.repeat(255)}`, 256)).toBe(true);
    expect(hasLength(`aa${'🙂'.repeat(255)}`, 256)).toBe(false);
    expect(hasLength('', 256)).toBe(false);
  });
});
