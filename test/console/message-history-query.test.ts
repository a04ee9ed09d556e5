import { expect, test } from '@jest/globals';
import { type HistoryItem, sentence } from '../../src/console/page/message-history-query.js';

const pending: HistoryItem = {
  id: '019a',
  message: 'text',
  topic: null,
  status: 'PENDING',
  receipt: null,
  cancelReason: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  deliveredAt: null,
  cancelledAt: null,
  globalMessageId: null,
};
const AT = '2026-01-02T00:00:00.000Z';
const LATER = '2026-01-03T00:00:00.000Z';

test.each<[string, Partial<HistoryItem>, string]>([
  ['waits', {}, 'Waiting: no client has proved that it has it.'],
  ['waits until it expires', { expiresAt: AT }, `Waiting: no client has proved that it has it; expires ${AT}.`],
  [
    'was confirmed by a pong',
    { status: 'DELIVERED', receipt: 'PONG', deliveredAt: AT },
    `Delivered ${AT}: its WebSocket connection confirmed it.`,
  ],
  [
    'was confirmed by an ack',
    { status: 'DELIVERED', receipt: 'ACK', deliveredAt: AT },
    `Delivered ${AT}: the application confirmed it.`,
  ],
  ['was recalled', { status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt: AT }, `Recalled ${AT}, undelivered.`],
  ['expired', { status: 'CANCELLED', cancelReason: 'EXPIRED', cancelledAt: AT }, `Expired ${AT}, undelivered.`],
  [
    'was recalled too late',
    { status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt: AT, receipt: 'PONG', deliveredAt: LATER },
    `Recalled ${AT}, but a client has it: since ${LATER}, its WebSocket connection confirmed it.`,
  ],
])('says that a message %s', (_what, change, said) => {
  expect(sentence({ ...pending, ...change })).toBe(said);
});
