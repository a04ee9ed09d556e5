import { describe, expect, test } from '@jest/globals';
import type { OutgoingMessage } from '../../../src/core/domain/outgoing-message.js';
import type { RecipientClaims } from '../../../src/core/ports/recipient-tokens.js';
import type { PendingRequest } from '../../../src/core/ports/stores/delivery-store.js';
import { PendingPass } from '../../../src/delivery/connection/pending-pass.js';

const claims = { tenantId: 'tenant', recipient: 'alice', topic: null } as RecipientClaims;
const globalOf = (id: string): OutgoingMessage => ({
  id,
  globalMessageId: id,
  topic: null,
  message: id,
  createdAt: 0,
  expiresAt: 1,
});

function start() {
  const requests: PendingRequest[] = [];
  const source = {
    async pending(request: PendingRequest) {
      requests.push(request);
      return { messages: [], more: false };
    },
    unsentGlobals: async () => [globalOf('b')],
  };
  const pass = new PendingPass(claims, { maxUnconfirmedMessages: 100, maxUnconfirmedBytes: 10_000 });
  return { pass, source, requests };
}

describe('a pass through what is pending', () => {
  test('asks for no more than there is room for; from the start what is unconfirmed comes again', async () => {
    const { pass, source, requests } = start();
    await pass.readPage(source, { size: 40, bytes: 4_000 });
    pass.advance('5');
    await pass.readPage(source, { size: 40, bytes: 4_000 });
    await pass.readPage(source, { size: 40, bytes: 10_000 });
    expect(requests.map(({ after, limit, maxBytes }) => [after, limit, maxBytes])).toEqual([
      [null, 100, 10_000],
      ['5', 60, 6_000],
      ['5', 60, 1],
    ]);
  });

  test('starts again for a row that became visible behind its place, and for no other', () => {
    const { pass } = start();
    pass.restartIfBehind('1');
    pass.advance('5');
    pass.restartIfBehind('6');
    expect(pass.isAtStart).toBe(false);
    pass.restartIfBehind('4');
    expect(pass.isAtStart).toBe(true);
  });

  test('asks for global messages again if it was interrupted before it had dealt with all', async () => {
    const { pass, source } = start();
    pass.takeUnsent([globalOf('a')]);
    pass.interrupt();
    expect(pass.isOutdated).toBe(true);
    await pass.renewUnsent(source);
    expect([pass.isOutdated, pass.firstUnsent?.encoded.message.id]).toEqual([false, 'b']);
    pass.shiftUnsent();
    pass.interrupt();
    expect([pass.isOutdated, pass.firstUnsent]).toEqual([false, undefined]);
  });
});
