import { expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import type { RecipientClaims } from '../../../src/core/ports/recipient-tokens.js';
import type { GlobalDelivery } from '../../../src/core/ports/stores/delivery-store.js';
import { GlobalRowRecorder, rowsOf } from '../../../src/delivery/recording/global-row-recorder.js';
import { systemTimers } from '../../../src/lib/time/timers.js';
import { gate, TENANT, until } from '../support/node.js';

const claimsOf = (recipient: string): RecipientClaims => ({
  tenantId: TENANT,
  recipient,
  topic: null,
  sourceIp: null,
  origin: null,
  revocation: 0,
  tokenId: 'one',
  issuedAt: 0,
  expiresAt: Number.MAX_SAFE_INTEGER,
  subscribe: [],
  publish: [],
});

const CONNECTION = '01890000-0000-7000-8000-00000000000c';
const FIRST = '01890000-0000-7000-8000-000000000001';
const SECOND = '01890000-0000-7000-8000-000000000002';

test('a receipt of a broadcast is known until its row is written, whether it came before anybody asked or after', async () => {
  let writes = 0;
  const written = gate();
  const store = {
    async recordGlobals() {
      writes++;
      await written.opened;
    },
  };
  const globals = new GlobalRowRecorder({
    store,
    timers: systemTimers,
    metrics: noMetrics,
    logger: silentLogger,
    broadcasts: { walking: false },
    losses: { dropped() {} },
  });
  const sent = (id: string, recipient: string) => {
    const rows = rowsOf([id], claimsOf(recipient), systemTimers.now());
    globals.sentBatch(rows);
    return rows;
  };
  const confirmed = (id: string) => ['alice', 'bob', 'carol'].filter((recipient) => globals.isConfirmed(id, recipient));

  const [alice, bob] = [sent(FIRST, 'alice'), sent(FIRST, 'bob')];
  globals.confirmedBatch(alice, CONNECTION, 'PONG', 1);
  expect(confirmed(FIRST)).toEqual(['alice']);
  globals.confirmedBatch(bob, CONNECTION, 'PONG', 1);
  globals.confirmedBatch(sent(FIRST, 'carol'), CONNECTION, 'ACK', 1);
  expect(confirmed(FIRST)).toEqual(['alice', 'bob', 'carol']);
  expect(confirmed(SECOND)).toEqual([]);

  const allWritten = globals.flushed();
  await until(() => writes > 0);
  globals.confirmedBatch(sent(SECOND, 'bob'), CONNECTION, 'PONG', 2);
  expect([confirmed(FIRST), confirmed(SECOND)]).toEqual([['alice', 'bob', 'carol'], ['bob']]);
  written.open();
  await allWritten;
  await globals.flushed();
  expect([confirmed(FIRST), confirmed(SECOND)]).toEqual([[], []]);

  globals.confirmedBatch(sent(SECOND, 'carol'), CONNECTION, 'PONG', 3);
  expect(confirmed(SECOND)).toEqual(['carol']);
  await globals.flushed();
});

test('a receipt of a broadcast is known while its row is on its way, though nobody asked before', async () => {
  const written = gate();
  let writes = 0;
  const store = {
    async recordGlobals() {
      writes++;
      await written.opened;
    },
  };
  const globals = new GlobalRowRecorder({
    store,
    timers: systemTimers,
    metrics: noMetrics,
    logger: silentLogger,
    broadcasts: { walking: false },
    losses: { dropped() {} },
  });
  const rows = rowsOf([FIRST], claimsOf('alice'), systemTimers.now());
  globals.sentBatch(rows);
  globals.confirmedBatch(rows, CONNECTION, 'PONG', 1);
  const allWritten = globals.flushed();
  await until(() => writes > 0);
  expect(globals.isConfirmed(FIRST, 'alice')).toBe(true);
  written.open();
  await allWritten;
  expect(globals.isConfirmed(FIRST, 'alice')).toBe(false);
});

test('a row that the database refuses is not taken for confirmed while others of its statement are being written', async () => {
  const written = gate();
  const refused = new Error('refused');
  let bobs = 0;
  const store = {
    async recordGlobals(deliveries: readonly GlobalDelivery[]) {
      if (deliveries.some(({ recipient }) => recipient === 'alice')) throw refused;
      bobs++;
      await written.opened;
    },
  };
  const globals = new GlobalRowRecorder({
    store,
    timers: systemTimers,
    metrics: noMetrics,
    logger: silentLogger,
    broadcasts: { walking: false },
    losses: { dropped() {} },
  });
  for (const recipient of ['alice', 'bob']) {
    const rows = rowsOf([FIRST], claimsOf(recipient), systemTimers.now());
    globals.sentBatch(rows);
    globals.confirmedBatch(rows, CONNECTION, 'PONG', 1);
  }
  const allWritten = globals.flushed();
  await until(() => bobs > 0);
  expect([globals.isConfirmed(FIRST, 'alice'), globals.isConfirmed(FIRST, 'bob')]).toEqual([false, true]);
  written.open();
  await allWritten;
});
