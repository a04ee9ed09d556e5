import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { PendingLook, PendingWatermark } from '../../../src/core/ports/stores/delivery-store.js';
import type { Store } from '../../../src/store/index.js';
import { heldOf, lookAt } from '../../support/held.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';
import { openStore } from '../open.js';

/** Is more than one scan reads. */
const AWAY = 5_000;
const AGO_MS = 20_000;

let database: TestDatabase;
let store: Store;
let client: Client;
let tenantId: string;

beforeAll(async () => {
  database = await createDatabase();
  store = await openStore(database.url);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});
beforeEach(async () => {
  client = new Client(database.url);
  await client.connect();
  tenantId = randomUUID();
  await insert('away', 3_600_000, AWAY);
});
afterEach(() => client.end());

/** Inserts pending messages with ids minted this long ago, in the transaction that is open. */
async function insert(recipient: string, agoMs: number, count = 1): Promise<void> {
  await client.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT $1, message_id((extract(epoch FROM clock_timestamp()) * 1000)::bigint - $3, nextval('message_seq')), $2, 'x',
       clock_timestamp() - $3 * interval '1 millisecond' FROM generate_series(1, $4::int)`,
    [tenantId, recipient, agoMs, count],
  );
}

const look = async (over: Partial<PendingLook> = {}) => {
  const { pending, watermark, doubt } = await store.findPending(lookAt(heldOf(tenantId, ['alice', 'bob']), over));
  if (watermark === null) throw new Error('so little is pending that all of it was read');
  return { found: [...new Set(pending.map(({ recipient }) => recipient))].sort(), watermark, doubt };
};

/** Puts a look's watermark back in time. */
const earlier = (watermark: PendingWatermark): PendingWatermark => ({ ...watermark, from: watermark.from - AGO_MS });

it('what became visible since the last look is found by the next one, and by no other', async () => {
  const { watermark } = await look();
  await insert('alice', 0);
  const first = await look({ last: watermark });
  expect(first.found).toEqual(['alice']);
  const last = { ...first.watermark, from: Math.ceil(first.watermark.now) + 1 };
  expect((await look({ last })).found).toEqual([]);
  expect((await look({ last, everything: true })).found).toEqual(['alice']);
});

it('a message that was too young is left to the next look', async () => {
  const { watermark } = await look();
  await insert('alice', 0);
  const young = await look({ last: watermark, minAgeMs: 60_000 });
  expect(young.found).toEqual([]);
  expect((await look({ last: young.watermark })).found).toEqual(['alice']);
});

it('a transaction that stays open across looks is found by the first one after its commit', async () => {
  const last = earlier((await look()).watermark);
  await client.query('BEGIN');
  await insert('alice', AGO_MS / 2);
  let { found, watermark } = await look({ last });
  for (let i = 0; i < 3; i++) {
    expect(found).toEqual([]);
    ({ found, watermark } = await look({ last: watermark }));
  }
  await client.query('COMMIT');
  expect((await look({ last: watermark })).found).toEqual(['alice']);
});

it('a transaction that is prepared, and long after committed by another session, is found then', async () => {
  const last = earlier((await look()).watermark);
  const { rows } = await client.query<{ max: number }>(`SELECT current_setting('max_prepared_transactions')::int AS max`);
  await client.query('BEGIN');
  await insert('alice', AGO_MS / 2);
  const { watermark } = await look({ last });
  // A server without prepared transactions lets this one end as any other.
  if (rows[0]?.max === 0) await client.query('COMMIT');
  else {
    await client.query(`PREPARE TRANSACTION 'sweep'`);
    expect((await look({ last: watermark })).found).toEqual([]);
    await client.query(`COMMIT PREPARED 'sweep'`);
  }
  expect((await look({ last: watermark })).found).toEqual(['alice']);
});

it('who is named is looked for, however old what is pending may be', async () => {
  await insert('alice', AGO_MS);
  await insert('bob', AGO_MS);
  const { watermark } = await look();
  expect((await look({ last: watermark })).found).toEqual([]);
  expect((await look({ last: watermark, also: () => [{ tenantId, recipient: 'bob' }] })).found).toEqual(['bob']);
});

it('everybody is looked for where more is new than is worth reading', async () => {
  await insert('alice', AGO_MS);
  const { watermark } = await look();
  await insert('away', 0, AWAY);
  expect((await look({ last: watermark })).found).toEqual(['alice']);
});

it('everybody is looked for, and there is doubt, after rows of globals were made late', async () => {
  await insert('alice', AGO_MS);
  const { watermark } = await look();
  const { item } = await store.pushGlobal({ tenantId, message: 'x', topic: null, expiresAt: null, idempotency: null });
  const rows = [{ tenantId, globalMessageId: item.id, recipient: 'bob', revocation: 0, receipt: null }];
  await store.recordGlobals(rows);
  expect((await look({ last: watermark })).doubt).toBe(false);
  await store.recordGlobals(rows, true);
  expect(await look({ last: watermark })).toMatchObject({ doubt: true, found: ['alice', 'bob'] });
});

it('pushes mint their ids after their transaction has its number', async () => {
  const { watermark } = await look();
  const { entries } = await store.push({
    tenantId,
    recipients: [{ index: 0, recipient: 'alice' }],
    refused: [],
    message: 'x',
    topic: null,
    expiresAt: null,
    idempotency: null,
  });
  const { rows } = await client.query<{ number: string }>(
    'SELECT xmin::text AS number FROM messages WHERE tenant_id = $1 AND id = $2',
    [tenantId, entries[0]?.item?.id],
  );
  expect(BigInt(rows[0]?.number ?? 0)).toBeGreaterThan(watermark.fence & 0xffffffffn);
  expect((await look({ last: { ...watermark, from: Math.floor(watermark.now) } })).found).toEqual(['alice']);
});
