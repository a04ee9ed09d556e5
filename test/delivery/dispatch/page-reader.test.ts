import { expect, test } from '@jest/globals';
import type { PendingPage } from '../../../src/core/ports/stores/delivery-store.js';
import { PageReader } from '../../../src/delivery/dispatch/page-reader.js';
import { FairTurns } from '../../../src/lib/fair-turns.js';
import { TENANT } from '../support/node.js';

const KIB = 1024;
const REQUEST = { tenantId: TENANT, recipient: 'alice', topic: null, after: null, limit: 10, maxBytes: 256 * KIB };

function start(now = () => 0) {
  let characters = 0;
  let reads = 0;
  const turns = new FairTurns(now);
  const store = {
    unsentGlobals: async () => [],
    async pending(): Promise<PendingPage> {
      reads++;
      const text = {
        id: 'a',
        message: 'x'.repeat(characters),
        topic: null,
        createdAt: 0,
        expiresAt: null,
        globalMessageId: null,
      };
      return { messages: [{ rowId: 'a', message: text }], more: false };
    },
  };
  const reader = new PageReader(store, turns, now);
  return {
    reader,
    turns,
    reads: () => reads,
    read(length: number) {
      characters = length;
      return reader.pending(REQUEST);
    },
  };
}

test('expects as much as a page may have, then what a tenant’s pages have: long ones at once, short ones in steps', async () => {
  const { reader, read } = start();
  expect(reader.expected(TENANT)).toBe(256 * KIB);
  await read(0);
  await read(0);
  expect(reader.expected(TENANT)).toBe(64 * KIB);
  await read(100 * KIB);
  expect(reader.expected(TENANT)).toBe(100 * KIB);
  reader.expectLong(TENANT);
  expect([reader.expected(TENANT), reader.expected('another')]).toEqual([256 * KIB, 256 * KIB]);
});

test('hands over pages that come together in several turns of the event loop', async () => {
  let time = 0;
  const { read } = start(() => time);
  let handed = 0;
  const pages = Array.from({ length: 8 }, () =>
    read(1).then(() => {
      handed++;
      time += 2;
    }),
  );
  const steps: number[] = [];
  while (handed < pages.length) {
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(handed);
  }
  expect(steps.length).toBeGreaterThan(1);
  await Promise.all(pages);
});

test.each([
  ['in time is handed over as it is', 900, 1],
  ['late is read again', 1_100, 2],
])('a page whose turn comes %s', async (_, waitMs, times) => {
  let time = 0;
  const { reads, read, turns } = start(() => time);
  turns.ask('another', () => {
    time += waitMs;
  });
  expect((await read(1)).messages).toHaveLength(1);
  expect(reads()).toBe(times);
});
