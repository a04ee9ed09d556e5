import { beforeEach, describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';

describe('the ledger', () => {
  let now: number;
  let ledger: Ledger;
  const delivered = (id: string, recipient = 'alice', globalMessageId: string | null = null, message = `text ${id}`) =>
    ({ id, recipient, message, status: 'DELIVERED', globalMessageId }) as const;

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
    const verdict = ledger.judge(
      [delivered('r1', 'alice', 'g1', 'all'), { ...delivered('r2', 'bob', 'g2', 'now'), status: 'PENDING' }],
      0,
    );
    expect(verdict.lost).toEqual([
      { id: 'g1', recipient: 'bob', text: 'all' },
      { id: 'g2', recipient: 'bob', text: 'now' },
    ]);
    expect(verdict.falselyDelivered).toEqual([]);
  });

  it('finds what was answered and is not there, what is there twice, and what is there though it was refused', () => {
    ledger.tried('text 3');
    ledger.refused('text 3');
    const verdict = ledger.judge([delivered('1'), delivered('4', 'alice', null, 'text 1'), delivered('3')], 0);
    expect(verdict).toMatchObject({ missing: ['2'], duplicates: ['text 1'], falselyRefused: ['text 3'] });
  });

  it('tells long texts apart, wherever they differ', () => {
    const long = (end: string) => `text ${'.'.repeat(60_000)}${end}`;
    for (const id of ['3', '4']) {
      ledger.tried(long(id));
      ledger.accepted({ id, recipient: 'alice', text: long(id) });
    }
    ledger.received('c1', 'alice', long('3'));
    ledger.received('c1', 'alice', long('5'));
    expect(ledger.outstanding()).toMatchObject([{ id: '1' }, { id: '2' }, { id: '4' }]);
    const verdict = ledger.judge([delivered('3', 'alice', null, long('3')), delivered('4', 'alice', null, long('4'))], 0);
    expect(verdict).toMatchObject({ falselyDelivered: [{ id: '4' }], missing: ['1', '2'], unknownTexts: 1 });
  });

  it('leaves messages of other runs alone', () => {
    expect(ledger.judge([delivered('9')], 0).falselyDelivered).toEqual([]);
  });

  it('measures delays from the answer, and the time from the end of a fault until all is delivered', () => {
    now = 100;
    ledger.received('c1', 'alice', 'text 1');
    now = 250;
    ledger.received('c1', 'alice', 'text 2');
    expect(ledger.judge([], 200)).toMatchObject({ delayMs: { p50: 250, p99: 250, max: 250 }, allDeliveredAfterMs: 50 });
    now = 300;
    ledger.accepted({ id: '3', recipient: 'alice', text: 'text 3' });
    expect([ledger.delays(0, 300), ledger.delays(300, 301)]).toEqual([[100, 250], [Number.POSITIVE_INFINITY]]);
  });
});
