import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { statusMove } from '../../../src/store/settlement/status-move.js';
import { settledDelta } from '../../../src/store/usage-delta.js';

const STORE = fileURLToPath(new URL('../../../src/store', import.meta.url));

const files = readdirSync(STORE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(STORE, name), 'utf8') }));

const having = (pattern: RegExp) =>
  files
    .filter(({ text }) => pattern.test(text))
    .map(({ name }) => name)
    .sort();

const MOVERS = ['message-canceller.ts', 'receipt-writer.ts', 'retention-cleaner.ts'].map((name) => `settlement/${name}`);
const GLOBAL_ROWS = 'settlement/global-row-writer.ts';

test('a status is moved in settlement only, and only by what statusMove composes', () => {
  expect(having(/\bUPDATE messages\b/)).toEqual([GLOBAL_ROWS, ...MOVERS]);
  expect(having(/\bINSERT INTO messages\b/)).toEqual(['push/insert-messages.ts', GLOBAL_ROWS]);
  expect(having(/(?<!function )\bstatusMove\(/)).toEqual([GLOBAL_ROWS, ...MOVERS]);
});

test('what commits with a move finds its rows as `changed`', () => {
  const settled = { delivered: 'true' };
  const usage = `usage AS (${settledDelta(settled)})`;
  expect(statusMove({ change: 'UPDATE messages m', settled, answer: 'SELECT count(*) FROM changed' })).toBe(
    `WITH changed AS (UPDATE messages m RETURNING m.tenant_id), ${usage} SELECT count(*) FROM changed`,
  );
  expect(
    statusMove({ find: 'f AS (SELECT 1)', change: 'UPDATE messages m', returning: 'm.id', settled, answer: 'TABLE changed' }),
  ).toBe(`WITH f AS (SELECT 1), changed AS (UPDATE messages m RETURNING m.tenant_id, m.id), ${usage} TABLE changed`);
});

test('usage is counted by each move, and by each push', () => {
  expect(having(/\bsettledDelta\(/)).toEqual(['settlement/status-move.ts', 'usage-delta.ts']);
  expect(having(/\bINSERT INTO usage_deltas\b/)).toEqual([
    'push/global-push-writer.ts',
    'push/insert-messages.ts',
    'usage-delta.ts',
  ]);
});
