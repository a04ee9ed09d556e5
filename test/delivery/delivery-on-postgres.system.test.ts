import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/core/domain/message.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { recipientChannel, tenantChannel } from '../../src/core/ports/message-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { RecipientClaims } from '../../src/core/ports/recipient-tokens.js';
import type { PendingLook } from '../../src/core/ports/stores/delivery-store.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import { withClient } from '../../src/store/database/migrations.js';
import { createStore, type Store } from '../../src/store/index.js';
import { anything } from '../contract/store-harness.js';
import { createDatabase, type TestDatabase } from '../support/index.js';
import { cleanUp, gate, startNode, until } from './support/node.js';

const V1 = { protocols: ['tidings.v1'] };

let database: TestDatabase;
let store: Store;
let tenantId: string;

beforeAll(async () => {
  database = await createDatabase();
  store = createStore({
    databaseUrl: database.url,
    poolMax: 4,
    maxPendingPerRecipient: 10_000,
    messageRetentionMs: 30 * 86_400_000,
    auditRetentionMs: 90 * 86_400_000,
    activityRetentionMs: 7 * 86_400_000,
    statusFeedRetentionMs: 5 * 86_400_000,
    metrics: noMetrics,
    logger: silentLogger,
  });
  await store.ready;
});

afterAll(async () => {
  await store?.close();
  await database?.drop();
});

afterEach(cleanUp);

async function start(config: Parameters<typeof startNode>[0] = {}, deps: Parameters<typeof startNode>[1] = {}) {
  ({ id: tenantId } = await store.createTenant(randomUUID()));
  const { connect, bus } = await startNode(config, { store, clock: store.clock, ...deps });

  const push = async (
    text: string,
    over: { topic?: string; expiresAt?: Date } = {},
    recipients = ['alice'],
  ): Promise<Message[]> => {
    const { entries } = await store.push({
      tenantId,
      recipients: recipients.map((recipient, index) => ({ index, recipient })),
      refused: [],
      message: text,
      topic: over.topic ?? null,
      expiresAt: over.expiresAt ?? null,
      idempotency: null,
    });
    const items = entries.map((entry) => entry.item as Message);
    await bus.publish(
      items.map((item) => {
        const { id, message, topic, globalMessageId } = item;
        const times = { createdAt: item.createdAt.getTime(), expiresAt: item.expiresAt?.getTime() ?? null };
        const channel = recipientChannel(tenantId, item.recipient);
        return { channel, event: { type: 'message', message: { id, message, topic, globalMessageId, ...times } } };
      }),
    );
    return items;
  };
  const pushGlobal = async (text: string, expiresAt: Date | null = null) => {
    const { item } = await store.pushGlobal({ tenantId, message: text, topic: null, expiresAt, idempotency: null });
    const times = { createdAt: item.createdAt.getTime(), expiresAt: item.expiresAt?.getTime() ?? null };
    const message = { id: item.id, message: text, topic: null, globalMessageId: item.id, ...times };
    await bus.publish([{ channel: tenantChannel(tenantId), event: { type: 'global', message } }]);
    return item;
  };
  const found = async (message: { id: string }) => (await store.findMessage(tenantId, message.id)) as Message;
  const becomes = async (message: { id: string }, status: string) => {
    for (;;) {
      const row = await found(message);
      if (row.status === status) return row;
    }
  };
  return {
    bus,
    push,
    pushGlobal,
    found,
    becomes,
    connect: (claims: Partial<RecipientClaims> = {}, options = {}) => connect({ tenantId, ...claims }, options),
    rowsOf: async (globalMessageId: string) => {
      return (await store.listMessages(tenantId, { ...anything, globalMessageId }, null, 100)).items;
    },
  };
}

describe('on a real database', () => {
  test('a message is DELIVERED by a pong, PENDING without one, and the time is that of the pong', async () => {
    const { connect, push, becomes, found } = await start();
    const client = await connect({}, { pongs: false });
    const [message] = await push('hello');
    await client.until(() => client.pings.length === 1);
    expect((await found(message!)).status).toBe('PENDING');
    const before = store.clock.now();
    client.pong(client.pings[0]!);
    const row = await becomes(message!, 'DELIVERED');
    expect(row.receipt).toBe('PONG');
    expect(row.deliveredAt?.getTime()).toBeGreaterThanOrEqual(before - 1_000);
  });

  test('300 pending and 100 pushed meanwhile are 400 texts, in order, each once', async () => {
    const { connect, push, becomes } = await start();
    for (let i = 0; i < 300; i++) await push(`${i}`);
    const connecting = connect();
    let last: Message | undefined;
    for (let i = 300; i < 400; i++) [last] = await push(`${i}`);
    const client = await connecting;
    await becomes(last!, 'DELIVERED');
    expect(client.texts).toEqual(Array.from({ length: 400 }, (_, i) => `${i}`));
  });

  test('a backlog bigger than the window drains by acks, in order', async () => {
    const { connect, push } = await start({ maxUnconfirmedMessages: 10 });
    for (let i = 0; i < 35; i++) await push(`${i}`);
    const client = await connect({}, V1);
    for (let acked = 0; acked < 35; ) {
      const frames = await client.json(Math.min(35, acked + 1));
      client.say({ type: 'ack', ids: frames.slice(acked).map((frame) => frame.id) });
      acked = frames.length;
    }
    expect((await client.json(35)).map((frame) => frame.message)).toEqual(Array.from({ length: 35 }, (_, i) => `${i}`));
  });

  test('a global message has a row for each recipient that got it; one with an expiry runs on', async () => {
    const { connect, pushGlobal, rowsOf } = await start();
    const plain = await connect();
    const v1 = await connect({ recipient: 'bob' }, V1);
    const message = await pushGlobal('to all', new Date(store.clock.now() + 3_600_000));
    await plain.received(1);
    expect(await v1.json(1)).toMatchObject([{ id: message.id, globalMessageId: message.id }]);
    v1.say({ type: 'ack', ids: [message.id] });
    let rows: Message[] = [];
    while (rows.filter((row) => row.status === 'DELIVERED').length < 2) rows = await rowsOf(message.id);
    expect(rows.map(({ recipient, receipt }) => [recipient, receipt]).sort()).toEqual([
      ['alice', 'PONG'],
      ['bob', 'ACK'],
    ]);
    const late = await connect({ recipient: 'carol' });
    expect(await late.received(1)).toEqual(['to all']);
  });

  test('a global that finds no room is pending, and comes when there is room', async () => {
    const { connect, push, pushGlobal, rowsOf } = await start({ maxUnconfirmedMessages: 1 });
    const client = await connect({}, { pongs: false });
    await push('fills the window');
    await client.until(() => client.pings.length === 1);
    const message = await pushGlobal('to all');
    let rows: Message[] = [];
    while (rows.length === 0) rows = await rowsOf(message.id);
    expect(rows[0]?.status).toBe('PENDING');
    client.pongs = true;
    client.pong(client.pings[0]!);
    expect(await client.received(2)).toEqual(['fills the window', 'to all']);
    while (rows[0]?.status !== 'DELIVERED') rows = await rowsOf(message.id);
  });

  test('a recalled message is not drained, and a receipt after the recall changes no status', async () => {
    const { connect, push, found } = await start();
    const client = await connect({}, { pongs: false });
    const [sent] = await push('sent, then recalled');
    await client.until(() => client.pings.length === 1);
    await store.cancel(tenantId, { ids: [sent!.id], recipient: null, globalMessageId: null, topic: null });
    client.pong(client.pings[0]!);
    let row = await found(sent!);
    while (row.deliveredAt === null) row = await found(sent!);
    expect([row.status, row.cancelReason, row.receipt]).toEqual(['CANCELLED', 'RECALLED', 'PONG']);
    client.cut();
    await push('marker');
    const next = await connect();
    expect(await next.received(1)).toEqual(['marker']);
  });

  test('what the bus lost, the sweep finds: a message, a global and a revocation', async () => {
    const { connect, push, pushGlobal, bus } = await start({ sweepIntervalMs: 200 });
    const client = await connect();
    await push('first');
    await client.received(1);
    bus.losing = true;
    await push('lost');
    await pushGlobal('lost global');
    await client.until(() => client.texts.length === 3);
    expect(client.texts.slice(1).sort()).toEqual(['lost', 'lost global']);
    const { number } = await store.revoke(tenantId, 'alice', 3_600_000);
    expect(number).toBeGreaterThan(0);
    expect(await client.closed()).toBe(4403);
    expect((await connect()).status).toBe(401);
    expect((await connect({ revocation: number })).status).toBe(101);
  });

  test('what a connection had not confirmed goes to the recipient’s other connection', async () => {
    const { connect, push, becomes } = await start();
    const [message] = await push('drained by the first');
    const first = await connect({}, { pongs: false });
    await first.received(1);
    const second = await connect();
    await second.received(1);
    first.cut();
    await becomes(message!, 'DELIVERED');
    expect(second.texts).toEqual(['drained by the first']);
  });

  test('an expired message is not sent, and is answered as CANCELLED', async () => {
    const { connect, push, found } = await start();
    const [message] = await push('short-lived', { expiresAt: new Date(store.clock.now() + 150) });
    while ((await found(message!)).status === 'PENDING');
    await push('marker');
    const client = await connect();
    expect(await client.received(1)).toEqual(['marker']);
    expect((await found(message!)).cancelReason).toBe('EXPIRED');
  });
});

describe('with much pending for recipients that are away', () => {
  const HOUR_MS = 3_600_000;

  /** A node that was started long ago by its own time, so that its sweeps look for what is new. */
  async function startLong(config: Parameters<typeof startNode>[0] = {}) {
    let ahead = 0;
    const timers = { ...systemTimers, now: () => systemTimers.now() + ahead };
    const looks: PendingLook[] = [];
    const spied: Store = {
      ...store,
      findPending: (look) => {
        looks.push(look);
        // Nobody by name, or with so few connections each look would be for everybody.
        return store.findPending({ ...look, also: () => [] });
      },
    };
    const node = await start({ sweepIntervalMs: 200, ...config }, { timers, store: spied });
    await withClient(database.url, (client) =>
      client.query(
        `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
         SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint - ${HOUR_MS}, n), 'away', 'x', now() - interval '1 hour'
         FROM generate_series(1, 5000) AS n`,
        [tenantId],
      ),
    );
    await node.connect({ recipient: 'somebody' });
    await until(() => looks.at(-1)?.last != null);
    ahead = 120_000;
    await until(() => looks.at(-1)?.everything === false);
    return node;
  }

  test('what the bus lost, the sweep finds all the same', async () => {
    const { connect, push, pushGlobal, bus } = await startLong();
    const client = await connect();
    bus.losing = true;
    await push('lost');
    expect(await client.received(1)).toEqual(['lost']);
    await pushGlobal('lost global');
    await push('lost, too');
    await client.received(3);
    expect(client.texts.sort()).toEqual(['lost', 'lost global', 'lost, too']);
  });

  test('what another node sent and has no receipt for comes on the recipient’s connection here, whenever its row was made', async () => {
    const { connect, push, pushGlobal, becomes, bus, rowsOf } = await startLong();
    const making = gate();
    const slow: Store = {
      ...store,
      recordGlobals: async (...args) => {
        await making.opened;
        return store.recordGlobals(...args);
      },
    };
    const other = await startNode({}, { store: slow, clock: store.clock, bus });
    const there = await other.connect({ tenantId, recipient: 'bob' }, { pongs: false });
    await there.received(0);
    const [old] = await push('sent there', {}, ['bob']);
    const global = await pushGlobal('sent there to all');
    await there.received(2);
    const here = await connect({ recipient: 'bob' });
    expect(await here.received(1)).toEqual(['sent there']);
    await becomes(old!, 'DELIVERED');
    making.open();
    await here.received(2);
    expect(here.texts).toEqual(['sent there', 'sent there to all']);
    let rows: Message[] = [];
    while (!rows.some(({ recipient, status }) => recipient === 'bob' && status === 'DELIVERED')) rows = await rowsOf(global.id);
  });
});
