import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventId, parseEventId } from '../../../src/core/domain/status-feed/event-position.js';
import { HOUR_MS, push, pushCall } from '../../contract/store-harness.js';
import { until } from '../../support/index.js';
import { EVERYTHING, NOTHING_GIVEN, numberAll, readAll, told, useFeed } from './feed-harness.js';

const feed = useFeed();

describe('numbers', () => {
  it('leave nothing out and nothing double, however many nodes give and read them', async () => {
    const { a, b, receipt, tenant } = feed();
    const tenantId = await tenant();
    const settled: string[] = [];
    let running = true;
    const settle = async (n: number) => {
      for (let i = 0; i < 25; i++) {
        const recipients = Array.from({ length: 1 + ((n + i) % 7) }, (_, r) => `r${r}`);
        const ids = await push(n % 2 ? a : b, tenantId, recipients);
        await (n % 2 ? b : a).settle(ids.map((id) => receipt(tenantId, id)));
        settled.push(...ids);
      }
    };
    const numbering = [a, b].map(async (store) => {
      while (running) await store.numberStatusEvents();
    });
    const read: string[] = [];
    const reading = (async () => {
      for (let after: string | null = null; ; ) {
        const last = !running;
        const page = await b.readStatusEvents(tenantId, EVERYTHING, after, 7);
        read.push(...page.items.map(({ messageId }) => messageId));
        after = page.next;
        if (last && !page.more) return;
      }
    })();
    await Promise.all([0, 1, 2, 3].map(settle));
    await numberAll(a);
    running = false;
    await Promise.all([...numbering, reading]);
    expect(read.length).toBe(settled.length);
    expect(new Set(read)).toEqual(new Set(settled));
    expect((await readAll(a, tenantId)).map(({ messageId }) => messageId)).toEqual(read);
  });

  it('wait for a transaction that drew its place long before', async () => {
    const { a, url, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [slow, ...fast] = await push(a, tenantId, ['slow', 'b', 'c', 'd']);
    // What a receipt's statement does, in a transaction that does not end.
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(
      `WITH changed AS (
         UPDATE messages SET status = 'DELIVERED', receipt = 'PONG', delivered_at = now() WHERE tenant_id = $1 AND id = $2 RETURNING *
       ) INSERT INTO status_event_inbox (tenant_id, type, at, message_id, recipient, receipt)
       SELECT tenant_id, 'DELIVERED', delivered_at, id, recipient, receipt FROM changed`,
      [tenantId, slow],
    );
    const read: string[] = [];
    let after: string | null = null;
    const readOn = async () => {
      const page = await a.readStatusEvents(tenantId, EVERYTHING, after, 100);
      read.push(...page.items.map(({ messageId }) => messageId));
      after = page.next;
    };
    for (const id of fast) {
      await a.settle([receipt(tenantId, id)]);
      await a.numberStatusEvents();
      await readOn();
    }
    await client.query('COMMIT');
    await client.end();
    await a.numberStatusEvents();
    await readOn();
    expect(read).toEqual([...fast, slow]);
  });

  it('are given by another node when one dies in the middle', async () => {
    const { a, b, sql, url, receipt, tenant } = feed();
    const tenantId = await tenant();
    const ids = await push(a, tenantId, ['a', 'b', 'c']);
    await a.settle(ids.map((id) => receipt(tenantId, id)));
    // Numbering waits for the head of the tenant, which somebody holds.
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM status_feed_heads WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
    const dying = a.numberStatusEvents().then(
      () => 'numbered',
      () => 'died',
    );
    let victim: number | undefined;
    await until('numbering waits', async () => {
      const [row] = await sql<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%status_event_inbox%'`,
      );
      victim = row?.pid;
      return victim !== undefined;
    });
    expect(await b.numberStatusEvents()).toBeNull();
    await sql('SELECT pg_terminate_backend($1)', [victim]);
    expect(await dying).toBe('died');
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await b.numberStatusEvents()).toMatchObject({ numbered: 3, more: false });
    expect(await told(b, tenantId)).toHaveLength(3);
  });

  it('follow the order of one message: a recall, then its late receipt', async () => {
    const { a, b, receipt, tenant } = feed();
    const tenantId = await tenant();
    const ids = await push(
      a,
      tenantId,
      Array.from({ length: 60 }, (_, i) => `r${i}`),
    );
    await Promise.all(
      ids.map(async (id) => {
        await Promise.all([
          a.cancel(tenantId, { ...NOTHING_GIVEN, ids: [id] }),
          b.settle([receipt(tenantId, id)]),
          b.numberStatusEvents(),
        ]);
        await b.settle([receipt(tenantId, id)]);
      }),
    );
    const events = await told(a, tenantId);
    for (const id of ids) {
      const own = events.filter((event) => event.endsWith(id)).map((event) => event.split(' ')[0]);
      expect([['DELIVERED'], ['RECALLED', 'LATE_RECEIPT']]).toContainEqual(own);
    }
  });

  it('wake whoever follows the tenant, on every node', async () => {
    const { a, b, receipt, tenant } = feed();
    const [tenantId, other] = [await tenant(), await tenant()];
    const woken = { a: 0, b: 0, other: 0 };
    const ends = [
      a.watchStatusEvents(tenantId, () => woken.a++),
      b.watchStatusEvents(tenantId, () => woken.b++),
      a.watchStatusEvents(other, () => woken.other++),
    ];
    await until('both have looked', async () => woken.a > 0 && woken.b > 0 && woken.other > 0);
    const before = { ...woken };
    const [id] = await push(a, tenantId, 'ann');
    await a.settle([receipt(tenantId, id)]);
    await a.numberStatusEvents();
    expect(woken.a).toBe(before.a + 1);
    await until('the other node has seen it', async () => woken.b > before.b);
    expect(woken.other).toBe(before.other);
    for (const end of ends) end();
  });
});

describe('a position', () => {
  it('leads on, also from an empty page, whatever the filter', async () => {
    const { a, receipt, tenant } = feed();
    const tenantId = await tenant();
    const start = await a.readStatusEvents(tenantId, EVERYTHING, null, 10);
    expect(start).toMatchObject({ items: [], more: false });
    const ids = await push(a, tenantId, ['ann', 'bob', 'cleo'], { topic: 't' });
    for (const id of ids) await a.settle([receipt(tenantId, id)]);
    await numberAll(a);
    const names = async (query: object, after: string, limit = 10) => {
      const page = await a.readStatusEvents(tenantId, { ...EVERYTHING, ...query }, after, limit);
      return { names: page.items.map(({ recipient }) => recipient), ...page };
    };
    const none = await names({ types: ['RECALLED'] }, start.next);
    expect(none).toMatchObject({ names: [], more: false });
    expect(none.next).toBe(await a.newestStatusPosition(tenantId));
    const first = await names({ topic: 't' }, start.next, 1);
    expect(first).toMatchObject({ names: ['ann'], more: true });
    expect(first.next).toBe(first.items[0]?.id);
    expect(await names({ recipient: 'cleo' }, first.next)).toMatchObject({ names: ['cleo'], more: false });
    expect(await names({}, first.next)).toMatchObject({ names: ['bob', 'cleo'], more: false });
    expect(await names({ globals: false }, start.next)).toMatchObject({ names: ['ann', 'bob', 'cleo'] });
    expect(await names({ globals: true }, start.next)).toMatchObject({ names: [] });
    expect(await names({ types: [] }, start.next)).toMatchObject({ names: [] });
    expect(await names({ globalMessageId: 'no id' }, start.next)).toMatchObject({ names: [] });
    expect(await names({ globalMessageId: ids[0] }, start.next)).toMatchObject({ names: [] });
  });

  it('bounds what is examined for a page', async () => {
    const { a, sql, tenant } = feed();
    const tenantId = await tenant();
    await sql(
      `WITH events AS (
         INSERT INTO status_events SELECT $1, n, 'DELIVERED', now(), gen_random_uuid(), 'r' || n % 2, CASE WHEN n = 12000 THEN 't' END, NULL, 'PONG', NULL, now()
         FROM generate_series(1, 12000) n
       ) UPDATE status_feed_heads SET last_number = 12000 WHERE tenant_id = $1`,
      [tenantId],
    );
    const pages: number[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const page: Awaited<ReturnType<typeof a.readStatusEvents>> = await a.readStatusEvents(
        ...([tenantId, { ...EVERYTHING, topic: 't' }, after, 10] as const),
      );
      pages.push(page.items.length);
      ({ next: after, more } = page);
    }
    expect(pages).toEqual([0, 0, 1]);
  });

  it('expires with what is forgotten, with the epoch, and beyond the newest; others are refused', async () => {
    const { a, sql, receipt, tenant } = feed();
    const [tenantId, other] = [await tenant(), await tenant()];
    const ids = await push(a, tenantId, ['ann', 'bob', 'cleo']);
    for (const id of ids) await a.settle([receipt(tenantId, id)]);
    await numberAll(a);
    const [first, second] = await readAll(a, tenantId);
    const { epoch } = parseEventId(tenantId, first?.id ?? '') ?? { epoch: 0 };
    const read = (after: string, tenant = tenantId) => a.readStatusEvents(tenant, EVERYTHING, after, 10);
    // Retention takes the first two.
    await sql(
      `UPDATE status_events SET recorded_at = recorded_at - interval '5 days 1 minute' WHERE tenant_id = $1 AND number <= 2`,
      [tenantId],
    );
    for (let more = true; more; ) more = (await a.cleanUpStatusEvents())?.more ?? false;
    const oldest = eventId(tenantId, { epoch, number: 2 });
    const expired = { code: 'POSITION_EXPIRED', details: { oldest } };
    await expect(read(first?.id ?? '')).rejects.toMatchObject(expired);
    await expect(read(eventId(tenantId, { epoch, number: 0 }))).rejects.toMatchObject(expired);
    await expect(read(eventId(tenantId, { epoch, number: 4 }))).rejects.toMatchObject(expired);
    await expect(read(eventId(tenantId, { epoch: epoch ^ 1, number: 2 }))).rejects.toMatchObject(expired);
    expect(second?.id).toBe(oldest);
    expect((await read(oldest)).items.map(({ recipient }) => recipient)).toEqual(['cleo']);
    expect((await a.readStatusEvents(tenantId, EVERYTHING, null, 10)).items).toHaveLength(1);
    for (const wrong of ['', 'nonsense', ids[0] ?? ''])
      await expect(read(wrong)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'after' } });
    await expect(read(oldest, other)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('what is deleted', () => {
  it('is all that names an erased recipient, numbered or not, but not what was pushed to it since', async () => {
    const { a, b, sql, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [first, others] = await push(a, tenantId, ['ann', 'bob']);
    await a.settle([receipt(tenantId, first), receipt(tenantId, others)]);
    await numberAll(a);
    const [waiting] = await push(a, tenantId, 'ann');
    await a.settle([receipt(tenantId, waiting)]);
    await b.erase(tenantId, 'ann', HOUR_MS);
    const [after] = await push(a, tenantId, 'ann');
    await a.settle([receipt(tenantId, after)]);
    expect(await told(a, tenantId, { others, after })).toEqual(['DELIVERED others', 'DELIVERED after']);
    expect(await sql('SELECT FROM status_event_inbox WHERE tenant_id = $1', [tenantId])).toEqual([]);
    // The position behind what was erased leads on.
    expect((await a.readStatusEvents(tenantId, EVERYTHING, null, 1)).more).toBe(true);
  });

  it('is all of a deleted tenant', async () => {
    const { a, sql, receipt } = feed();
    const { id: tenantId } = await a.createTenant('ends');
    await a.setStatusFeed(tenantId, { enabled: true, globals: true });
    const ids = await push(a, tenantId, ['ann', 'bob'], { notifyAfter: 600 });
    await a.settle([receipt(tenantId, ids[0])]);
    await numberAll(a);
    await a.settle([receipt(tenantId, ids[1])]);
    await a.deleteTenant('ends');
    for (const table of ['status_feeds', 'status_feed_heads', 'status_events', 'status_event_inbox', 'overdue_checks'])
      expect(await sql(`SELECT FROM ${table} WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    // What comes in late has no tenant any more, and gets no number.
    await sql(
      `INSERT INTO status_event_inbox (tenant_id, type, at, message_id, recipient) VALUES ($1, 'RECALLED', now(), gen_random_uuid(), 'ann')`,
      [tenantId],
    );
    await numberAll(a);
    expect(await sql('SELECT FROM status_event_inbox')).toEqual([]);
  });
});

describe('OVERDUE', () => {
  const due = (ms: number, ids: ReadonlyArray<string | undefined>) =>
    feed().sql(`UPDATE overdue_checks SET due_at = due_at - $1 * interval '1 ms' WHERE message_id = ANY ($2)`, [ms, ids]);

  it('comes once, at its moment, only for what still waits, whoever looks', async () => {
    const { a, b, sql, receipt, tenant } = feed();
    const tenantId = await tenant();
    const options = { notifyAfter: 600 };
    const [waits, settled, recalled] = await push(a, tenantId, ['ann', 'bob', 'cleo'], options);
    const [expired] = await push(a, tenantId, 'dan', { ...options, expiresAt: new Date(a.clock.now() + HOUR_MS) });
    const [keyed] = (
      await a.push(pushCall(tenantId, 'eve', { ...options, idempotency: { key: 'k', inputHash: Buffer.alloc(32) } }))
    ).entries.map(({ item }) => item?.id);
    await push(a, tenantId, 'fay');
    const all = [waits, settled, recalled, expired, keyed];
    expect(await sql('SELECT FROM overdue_checks WHERE message_id = ANY ($1)', [all])).toHaveLength(5);
    expect(await a.findOverdue()).toEqual({ overdue: 0, more: false });
    await a.settle([receipt(tenantId, settled)]);
    await a.cancel(tenantId, { ...NOTHING_GIVEN, ids: [recalled ?? ''] });
    await sql(`UPDATE messages SET expires_at = now() - interval '1 s' WHERE id = $1`, [expired]);
    await due(600_000, all);
    const found = await Promise.all([a, b, a, b].map((store) => store.findOverdue()));
    expect(found.reduce((sum, { overdue }) => sum + overdue, 0)).toBe(2);
    const events = await told(a, tenantId, { waits, settled, recalled, expired, keyed });
    expect(events.filter((event) => event.startsWith('OVERDUE')).sort()).toEqual(['OVERDUE keyed', 'OVERDUE waits']);
    expect(await sql('SELECT FROM overdue_checks WHERE message_id = ANY ($1)', [all])).toEqual([]);
    const event = (await readAll(a, tenantId)).find(({ messageId }) => messageId === waits);
    expect(event).toMatchObject({ type: 'OVERDUE', recipient: 'ann', receipt: null, cancelReason: null });
  });

  it('leaves a message that somebody holds for the next look, and comes before what settles it later', async () => {
    const { a, url, receipt, tenant } = feed();
    const tenantId = await tenant();
    const [id] = await push(a, tenantId, 'ann', { notifyAfter: 600 });
    await due(600_000, [id]);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM messages WHERE id = $1 FOR UPDATE', [id]);
    expect(await a.findOverdue()).toMatchObject({ overdue: 0 });
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await a.findOverdue()).toMatchObject({ overdue: 1 });
    await a.settle([receipt(tenantId, id)]);
    expect(await told(a, tenantId, { id })).toEqual(['OVERDUE id', 'DELIVERED id']);
  });

  it('is not written once the feed is off, nor of messages that are gone', async () => {
    const { a, sql, tenant } = feed();
    const tenantId = await tenant();
    const [id, gone] = await push(a, tenantId, ['ann', 'bob'], { notifyAfter: 600 });
    await sql('DELETE FROM messages WHERE id = $1', [gone]);
    await a.setStatusFeed(tenantId, { enabled: false, globals: null });
    await due(600_000, [id, gone]);
    expect(await a.findOverdue()).toMatchObject({ overdue: 0 });
    expect(await told(a, tenantId)).toEqual([]);
    expect(await sql('SELECT FROM overdue_checks WHERE tenant_id = $1', [tenantId])).toEqual([]);
  });
});
