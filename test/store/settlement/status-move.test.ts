import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { statusMove } from '../../../src/store/settlement/status-move.js';
import { eventRows, TOLD_COLUMNS } from '../../../src/store/status-event-rows.js';
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
  const told = { ...settled, lateReceipt: 'false' };
  const inserts = `usage AS (${settledDelta(settled)}), events AS (${eventRows(told)})`;
  const columns = `m.tenant_id, ${TOLD_COLUMNS}`;
  expect(statusMove({ change: 'UPDATE messages m', told, answer: 'SELECT count(*) FROM changed' })).toBe(
    `WITH changed AS (UPDATE messages m RETURNING ${columns}), ${inserts} SELECT count(*) FROM changed`,
  );
  expect(
    statusMove({ find: 'f AS (SELECT 1)', change: 'UPDATE messages m', returning: 'm.status', told, answer: 'TABLE changed' }),
  ).toBe(`WITH f AS (SELECT 1), changed AS (UPDATE messages m RETURNING ${columns}, m.status), ${inserts} TABLE changed`);
});

test('events are written by each move, and where a message turns out to be overdue', () => {
  expect(having(/\beventRows\(/)).toEqual(['settlement/status-move.ts', 'status-event-rows.ts']);
  expect(having(/\bINSERT INTO status_event_inbox\b/)).toEqual(['status-event-rows.ts', 'status-feed/overdue-finder.ts']);
});

test('usage is counted by each move, and by each push', () => {
  expect(having(/\bsettledDelta\(/)).toEqual(['settlement/status-move.ts', 'usage-delta.ts']);
  expect(having(/\bINSERT INTO usage_deltas\b/)).toEqual([
    'push/global-push-writer.ts',
    'push/insert-messages.ts',
    'usage-delta.ts',
  ]);
});
