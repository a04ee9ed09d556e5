import { beforeEach, describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';

describe('the ledger', () => {
  let now: number;
  let ledger: Ledger;
  const delivered = (id: string, recipient = 'alice', globalMessageId: string | null = null) =>
    ({ id, recipient, status: 'DELIVERED', globalMessageId }) as const;

  beforeEach(() => {
    now = 0;
    ledger = new Ledger(() => now);
    for (const id of ['1', '2']) {
      ledger.tried(`text ${id}`);
      ledger.accepted({ id, recipient: 'alice', text: `text ${id}` });
    }
  });

  it('finds what was accepted and never received, and who has only been told of it', () => {
    ledger.received('c1', 'alice', 'text 1');
    ledger.received('c2', 'bob', 'text 2');
    expect(ledger.outstanding()).toMatchObject([{ id: '2' }]);
    const verdict = ledger.judge([delivered('1'), delivered('2')], 0);
    expect(verdict.lost).toEqual([{ id: '2', recipient: 'alice', text: 'text 2' }]);
    expect(verdict.falselyDelivered).toEqual([delivered('2')]);
  });

  it('owes nothing that was cancelled', () => {
    ledger.received('c1', 'alice', 'text 1');
    ledger.excuse('2');
    expect(ledger.judge([], 0)).toMatchObject({ accepted: 1, lost: [] });
  });

  it('tells repeats on one connection from those over several', () => {
    for (const connection of ['c1', 'c1', 'c2']) ledger.received(connection, 'alice', 'text 1');
    expect(ledger.judge([], 0)).toMatchObject({ frames: 3, repeats: 2, repeatsOnOneConnection: 1 });
  });

  it('counts frames that nobody pushed', () => {
    ledger.received('c1', 'alice', 'text 3');
    expect(ledger.judge([], 0).unknownTexts).toBe(1);
  });

  it('owes a global message with an expiry to everybody, one without to those who have a row', () => {
    ledger.excuse('1');
    ledger.excuse('2');
    ledger.acceptedGlobal({ id: 'g1', text: 'all', expiresAt: '2030-01-01T00:00:00Z', recipients: ['alice', 'bob'] });
    ledger.acceptedGlobal({ id: 'g2', text: 'now', expiresAt: null, recipients: ['alice', 'bob'] });
    ledger.received('c1', 'alice', 'all');
    const verdict = ledger.judge([delivered('r1', 'alice', 'g1'), { ...delivered('r2', 'bob', 'g2'), status: 'PENDING' }], 0);
    expect(verdict.lost).toEqual([
      { id: 'g1', recipient: 'bob', text: 'all' },
      { id: 'g2', recipient: 'bob', text: 'now' },
    ]);
    expect(verdict.falselyDelivered).toEqual([]);
  });

  it('measures delays from the answer, and the time from the end of a fault until all is delivered', () => {
    now = 100;
    ledger.received('c1', 'alice', 'text 1');
    now = 250;
    ledger.received('c1', 'alice', 'text 2');
    expect(ledger.judge([], 200)).toMatchObject({ delayMs: { p50: 250, p99: 250, max: 250 }, allDeliveredAfterMs: 50 });
  });
});
