import { expect, test } from '@jest/globals';
import { parseRecipients } from '../../../src/core/validation/recipients.js';

test('repeated recipients collapse to their first position, and bad ones are refused there', async () => {
  const parsed = await parseRecipients(['b', 'a', '', 'b', 'x'.repeat(257), '', 'c']);
  expect(parsed.accepted).toEqual([
    { index: 0, recipient: 'b' },
    { index: 1, recipient: 'a' },
    { index: 6, recipient: 'c' },
  ]);
  expect(parsed.refused.map(({ index }) => index)).toEqual([2, 4]);
});
