import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type Candidate, formRequests } from '../../../src/store/webhooks/request-former.js';

const [ONE, OTHER] = [randomUUID(), randomUUID()];

const candidate = (number: number, messageId: string, behind = false): Candidate => ({
  told: {
    number,
    event: {
      ...{ id: randomUUID(), type: 'DELIVERED', at: new Date(), messageId, recipient: 'ann', topic: null },
      ...{ globalMessageId: null, receipt: 'ACK', cancelReason: null },
    },
    facts: { createdAt: new Date(), expiresAt: null, cancelledAt: null, message: null },
  },
  behind,
  ripe: true,
});

const formed = (...candidates: Candidate[]) =>
  formRequests(candidates, { maxBatch: 10, limit: 10, newId: randomUUID }).requests.map(({ told, behind }) => ({
    ...{ numbers: told.map(({ number }) => number), behind },
  }));

test('an event behind another of these requests waits, alone', () => {
  expect(formed(candidate(1, ONE), candidate(2, OTHER), candidate(3, ONE))).toEqual([
    { numbers: [1, 2], behind: false },
    { numbers: [3], behind: true },
  ]);
});

test('one whose former event was in the queue goes alone, and the queue says whether it still is', () => {
  expect(formed(candidate(1, ONE, true), candidate(2, OTHER), candidate(3, ONE))).toEqual([
    { numbers: [1], behind: false },
    { numbers: [2], behind: false },
    { numbers: [3], behind: true },
  ]);
});
