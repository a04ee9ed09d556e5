import { describe, expect, it } from '@jest/globals';
import { globalRowId } from '../../../src/core/domain/message-ids.js';
import { DAY_MS, push, pushCall } from '../../contract/store-harness.js';
import { NOTHING_GIVEN, readAll, told, useFeed } from './feed-harness.js';

const feed = useFeed();

/** Sets the clock of a message back, as if it had been pushed so long ago. */
const age = (id: string | undefined, column: 'expires_at' | 'created_at', ms: number) =>
  feed().sql(`UPDATE messages SET ${column} = ${column} - $2 * interval '1 ms' WHERE id = $1`, [id, ms]);

describe('a settlement has its event', () => {
  it('DELIVERED, with the facts of that moment', async () => {
    const { a, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [id] = await push(a, tenantId, 'ann', { topic: 'news' });
    await a.settle([receipt(tenantId, id, { kind: 'ACK' })]);
    expect(await told(a, tenantId, { id })).toEqual(['DELIVERED id']);
    const [event] = await readAll(a, tenantId);
    const message = await a.findMessage(tenantId, id ?? '');
    expect(event).toEqual({
      ...{ id: expect.any(String), type: 'DELIVERED', at: message?.deliveredAt, messageId: id, recipient: 'ann', topic: 'news' },
      ...{ globalMessageId: null, receipt: 'ACK', cancelReason: null },
    });
  });

  it('once, however often receipts come', async () => {
    const { a, b, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [id] = await push(a, tenantId, 'ann');
    await Promise.all([a, b, a, b].map((store) => store.settle([receipt(tenantId, id)])));
    expect(await told(a, tenantId, { id })).toEqual(['DELIVERED id']);
  });

  it('RECALLED, and LATE_RECEIPT for a receipt that comes after it, once', async () => {
    const { a, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [id, other] = await push(a, tenantId, ['ann', 'bob']);
    await a.cancel(tenantId, { ...NOTHING_GIVEN, ids: [id ?? ''] });
    await a.settle([receipt(tenantId, id), receipt(tenantId, other)]);
    await a.settle([receipt(tenantId, id)]);
    const events = await told(a, tenantId, { id, other });
    expect(events[0]).toBe('RECALLED id');
    expect(events.slice(1).sort()).toEqual(['DELIVERED other', 'LATE_RECEIPT id']);
    const late = (await readAll(a, tenantId)).find(({ type }) => type === 'LATE_RECEIPT');
    expect(late).toMatchObject({ receipt: 'PONG', cancelReason: 'RECALLED' });
  });

  it('EXPIRED once it is final, by expiresAt and by age', async () => {
    const { a, tenant } = feed();
    const tenantId = await tenant();
    const [soon] = await push(a, tenantId, 'ann', { expiresAt: new Date(a.clock.now() + DAY_MS) });
    await age(soon, 'expires_at', DAY_MS + 50_000);
    await a.cleanUp();
    expect(await told(a, tenantId)).toEqual([]);
    await age(soon, 'expires_at', 11_000);
    await a.cleanUp();
    expect(await told(a, tenantId, { soon })).toEqual(['EXPIRED soon']);
    const [event] = await readAll(a, tenantId);
    expect(event).toMatchObject({ receipt: null, cancelReason: 'EXPIRED' });
    expect(event?.at).toEqual((await a.findMessage(tenantId, soon ?? ''))?.cancelledAt);
  });

  it('EXPIRED and then LATE_RECEIPT, together, for a receipt after the expiry', async () => {
    const { a, receipt, tenant } = feed();
    const tenantId = await tenant();
    const ids = await push(
      a,
      tenantId,
      Array.from({ length: 20 }, (_, i) => `r${i}`),
      { expiresAt: new Date(a.clock.now() + DAY_MS) },
    );
    for (const id of ids) await age(id, 'expires_at', DAY_MS + 1_000);
    await a.settle(ids.map((id) => receipt(tenantId, id)));
    const events = await told(a, tenantId);
    for (const id of ids) expect(events.filter((event) => event.endsWith(id))).toEqual([`EXPIRED ${id}`, `LATE_RECEIPT ${id}`]);
    expect(events).toHaveLength(40);
    // No DELIVERED follows.
    await a.settle(ids.map((id) => receipt(tenantId, id)));
    expect(await told(a, tenantId)).toHaveLength(40);
  });

  it('none, if the transaction is rolled back', async () => {
    const { a, sql, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [id] = await push(a, tenantId, 'ann');
    await sql(`ALTER TABLE usage_deltas ADD CONSTRAINT refuses CHECK (delivered IS NULL) NOT VALID`);
    await expect(a.settle([receipt(tenantId, id)])).rejects.toThrow();
    await sql('ALTER TABLE usage_deltas DROP CONSTRAINT refuses');
    expect(await told(a, tenantId)).toEqual([]);
    expect((await a.findMessage(tenantId, id ?? ''))?.status).toBe('PENDING');
  });

  it('none, of tenants whose feed is off', async () => {
    const { a, receipt } = feed();
    const { id: tenantId } = await a.createTenant('quiet');
    const [id, recalled] = await push(a, tenantId, ['ann', 'bob']);
    await a.settle([receipt(tenantId, id)]);
    await a.cancel(tenantId, { ...NOTHING_GIVEN, ids: [recalled ?? ''] });
    expect(await told(a, tenantId)).toEqual([]);
    expect(await a.numberStatusEvents()).toMatchObject({ numbered: 0, more: false });
  });
});

describe('rows of global messages', () => {
  it.each([[true], [false]])('make events only if they are asked for: %p', async (globals) => {
    const { a, tenant } = feed();
    const tenantId = await tenant(globals);
    const call = { tenantId, message: 'all', topic: null, idempotency: null };
    const { item } = await a.pushGlobal({ ...call, expiresAt: new Date(a.clock.now() + DAY_MS) });
    const globalMessageId = item.id;
    const row = (recipient: string) => globalRowId(globalMessageId, recipient);
    const sent = (recipient: string, at: number | null) => ({
      ...{ tenantId, globalMessageId, recipient, revocation: 0, receipt: at === null ? null : ({ kind: 'PONG', at } as const) },
    });
    const now = a.clock.now();
    await a.recordGlobals([sent('ann', now), sent('bob', null), sent('cleo', null)]);
    await a.recordGlobals([sent('bob', now)]);
    await a.cancel(tenantId, { ...NOTHING_GIVEN, globalMessageId });
    // After the recall: one that is there, one that is made by it, one without a receipt.
    await a.recordGlobals([sent('cleo', now), sent('dan', now), sent('eve', null)]);
    const names = { ann: row('ann'), bob: row('bob'), cleo: row('cleo'), dan: row('dan'), eve: row('eve') };
    const events = await told(a, tenantId, names);
    const of = (name: string) => events.filter((event) => event.endsWith(` ${name}`)).map((event) => event.split(' ')[0]);
    if (!globals) return expect(events).toEqual([]);
    expect(of('ann')).toEqual(['DELIVERED']);
    expect(of('bob')).toEqual(['DELIVERED']);
    expect(of('cleo')).toEqual(['RECALLED', 'LATE_RECEIPT']);
    expect(of('dan')).toEqual(['RECALLED', 'LATE_RECEIPT']);
    expect(of('eve')).toEqual(['RECALLED']);
    expect(events).toHaveLength(7);
    expect((await readAll(a, tenantId)).every((event) => event.globalMessageId === globalMessageId)).toBe(true);
  });

  it('are EXPIRED, with a receipt behind, if that comes too late for a row that waits', async () => {
    const { a, sql, tenant } = feed();
    const tenantId = await tenant(true);
    const { item } = await a.pushGlobal({
      ...{ tenantId, message: 'all', topic: null, idempotency: null, expiresAt: new Date(a.clock.now() + DAY_MS) },
    });
    const delivery = { tenantId, globalMessageId: item.id, revocation: 0 };
    await a.recordGlobals([{ ...delivery, recipient: 'ann', receipt: null }]);
    await sql(`UPDATE global_messages SET expires_at = now() - interval '1 second' WHERE id = $1`, [item.id]);
    await sql(`UPDATE messages SET expires_at = now() - interval '1 second' WHERE global_message_id = $1`, [item.id]);
    const receipt = { kind: 'PONG', at: a.clock.now() } as const;
    await a.recordGlobals([
      { ...delivery, recipient: 'ann', receipt },
      { ...delivery, recipient: 'bob', receipt },
    ]);
    const [ann, bob] = ['ann', 'bob'].map((name) => globalRowId(item.id, name));
    const events = await told(a, tenantId, { ann, bob });
    for (const name of ['ann', 'bob'])
      expect(events.filter((event) => event.endsWith(name))).toEqual([`EXPIRED ${name}`, `LATE_RECEIPT ${name}`]);
  });
});

describe('the switch', () => {
  it('is obeyed by each settlement that begins after its answer, both ways', async () => {
    const { a, b, receipt, tenant } = feed();
    const tenantId = await tenant();
    await a.setStatusFeed(tenantId, { enabled: false, globals: null });
    const known = { on: new Set<string>(), off: new Set<string>() };
    let state = 'off' as 'on' | 'off' | null;
    let running = true;
    const settling = (async () => {
      while (running) {
        const [id = ''] = (await b.push(pushCall(tenantId, 'ann'))).entries.map(({ item }) => item?.id);
        const before: 'on' | 'off' | null = state;
        await b.settle([receipt(tenantId, id)]);
        // Only where the switch stayed as it was can it be told.
        if (before !== null && before === state) known[before].add(id);
      }
    })();
    for (let i = 0; i < 30; i++) {
      const enabled = i % 2 === 0;
      state = null;
      await a.setStatusFeed(tenantId, { enabled, globals: null });
      state = enabled ? 'on' : 'off';
      const size = known[state].size;
      while (known[state].size < size + 3) await new Promise((resolve) => setImmediate(resolve));
    }
    running = false;
    await settling;
    await told(a, tenantId);
    const told_ = (await readAll(a, tenantId)).map(({ messageId }) => messageId);
    expect(new Set(told_).size).toBe(told_.length);
    expect([...known.on].filter((id) => !told_.includes(id))).toEqual([]);
    expect([...known.off].filter((id) => told_.includes(id))).toEqual([]);
  });

  it('keeps what it was told of globals, and does nothing twice', async () => {
    const { a, sql, tenant } = feed();
    const tenantId = await tenant(true);
    // The transaction that wrote the row.
    const writer = async () =>
      (await sql<{ xmin: string }>('SELECT xmin::text FROM status_feeds WHERE tenant_id = $1', [tenantId]))[0]?.xmin;
    const before = await writer();
    expect(await a.setStatusFeed(tenantId, { enabled: true, globals: null })).toEqual({ enabled: true, globals: true });
    expect(await writer()).toBe(before);
    expect(await a.setStatusFeed(tenantId, { enabled: false, globals: null })).toEqual({ enabled: false, globals: true });
    expect(await writer()).not.toBe(before);
    expect(await a.statusFeed(tenantId)).toEqual({ enabled: false, globals: true });
  });
});
