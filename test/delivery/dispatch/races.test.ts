import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createRedisBus, type RedisBus } from '../../../src/bus/redis-bus.js';
import type { Message } from '../../../src/core/domain/message.js';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { type BusEvent, recipientChannel, tenantChannel } from '../../../src/core/ports/message-bus.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import type { DeliveryStore } from '../../../src/core/ports/stores/delivery-store.js';
import type { DeliveryConfig } from '../../../src/delivery/index.js';
import { createStore, type Store } from '../../../src/store/index.js';
import { anything } from '../../contract/store-harness.js';
import { createDatabase, redisUrl, type TestDatabase } from '../../support/index.js';
import type { ClientOptions } from '../support/client.js';
import { cleanUp, gate, startNode, until } from '../support/node.js';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase();
  store = createStore({
    databaseUrl: database.url,
    poolMax: 6,
    maxPendingPerRecipient: 10_000,
    messageRetentionMs: 30 * DAY_MS,
    auditRetentionMs: 90 * DAY_MS,
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

const buses: RedisBus[] = [];
afterEach(async () => {
  await cleanUp();
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
});

type Call = 'standing' | 'pending' | 'unsentGlobals' | 'recordGlobals';

/** A node's way to the store, on which a call can be held up before it is made or before its answer arrives. */
class HeldStore {
  readonly #held = new Map<string, { reached(): void; opened: Promise<void> }>();
  readonly store: DeliveryStore;

  constructor(real: Store) {
    const held =
      (call: Call) =>
      async (...args: never[]) => {
        await this.#pass(`before ${call}`);
        const answer = await (real[call] as (...args: never[]) => Promise<unknown>)(...args);
        await this.#pass(`after ${call}`);
        return answer;
      };
    const calls: Record<Call, unknown> = {
      standing: held('standing'),
      pending: held('pending'),
      unsentGlobals: held('unsentGlobals'),
      recordGlobals: held('recordGlobals'),
    };
    this.store = new Proxy(real, {
      get: (target, name) => {
        const value = calls[name as Call] ?? Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** Holds up the next such call: `reached` when it is there, until `open`. */
  hold(when: `${'before' | 'after'} ${Call}`): { reached: Promise<void>; open(): void } {
    const [reached, opened] = [gate(), gate()];
    this.#held.set(when, { reached: reached.open, opened: opened.opened });
    return { reached: reached.opened, open: opened.open };
  }

  async #pass(when: string): Promise<void> {
    const held = this.#held.get(when);
    this.#held.delete(when);
    held?.reached();
    await held?.opened;
  }
}

/** Two nodes with connections of their own to one PostgreSQL and one Redis, and what API nodes do. */
async function startTwo(config: Partial<DeliveryConfig> = {}) {
  const { id: tenantId } = await store.createTenant(randomUUID());
  const prefix = randomUUID();
  const openBus = () => {
    const bus = createRedisBus({ url: redisUrl, prefix, metrics: noMetrics, logger: silentLogger });
    buses.push(bus);
    return bus;
  };
  const api = openBus();
  const node = async () => {
    const held = new HeldStore(store);
    const bus = openBus();
    const started = await startNode(config, { store: held.store, bus, clock: store.clock });
    return {
      hold: held.hold.bind(held),
      connections: () => started.node.connections,
      connect: (options: ClientOptions = {}) => started.connect({ tenantId }, options),
      /** Resolves when this node's connection to Redis has brought such an event of the tenant's. */
      hears: async (type: BusEvent['type'], recipient: string | null) => {
        const heard = gate();
        const channel = recipient === null ? tenantChannel(tenantId) : recipientChannel(tenantId, recipient);
        await bus.subscribe(channel, (event) => event.type === type && heard.open());
        return { heard: heard.opened };
      },
    };
  };
  const [one, other] = [await node(), await node()];
  await until(() => buses.every((bus) => bus.available));

  const times = (item: { createdAt: Date; expiresAt: Date | null }) => ({
    createdAt: item.createdAt.getTime(),
    expiresAt: item.expiresAt?.getTime() ?? null,
  });
  return {
    one,
    other,
    push: async (text: string): Promise<Message> => {
      const recipients = [{ index: 0, recipient: 'alice' }];
      const call = { tenantId, recipients, refused: [], message: text, topic: null, expiresAt: null, idempotency: null };
      const item = (await store.push(call)).entries[0]?.item as Message;
      const message = { id: item.id, message: text, topic: null, globalMessageId: null, ...times(item) };
      await api.publish([{ channel: recipientChannel(tenantId, 'alice'), event: { type: 'message', message } }]);
      return item;
    },
    pushGlobal: async (text: string) => {
      const expiresAt = new Date(store.clock.now() + 60_000);
      const { item } = await store.pushGlobal({ tenantId, message: text, topic: null, expiresAt, idempotency: null });
      const message = { id: item.id, message: text, topic: null, globalMessageId: item.id, ...times(item) };
      await api.publish([{ channel: tenantChannel(tenantId), event: { type: 'global', message } }]);
      return item;
    },
    cancel: async (selection: { ids?: string[]; globalMessageId?: string }) => {
      const nothing = { ids: null, recipient: null, globalMessageId: null, topic: null };
      const result = await store.cancel(tenantId, { ...nothing, ...selection });
      const event: BusEvent = selection.globalMessageId
        ? { type: 'global-cancelled', id: selection.globalMessageId }
        : { type: 'cancelled', ids: result.ids };
      await api.publish([{ channel: tenantChannel(tenantId), event }]);
      return result;
    },
    revoke: async () => {
      const { number } = await store.revoke(tenantId, 'alice', DAY_MS);
      const event: BusEvent = { type: 'revoked', recipientHash: recipientHash('alice'), number };
      await api.publish([{ channel: tenantChannel(tenantId), event }]);
    },
    status: async ({ id }: { id: string }) => (await store.findMessage(tenantId, id))?.status,
    becomes: async ({ id }: { id: string }, status: string) => {
      while ((await store.findMessage(tenantId, id))?.status !== status);
    },
    rows: async () => (await store.listMessages(tenantId, anything, null, 100)).items,
  };
}

describe('on real servers', () => {
  test.each(['before pending', 'after pending', 'before standing', 'after unsentGlobals'] as const)(
    'a message that is pushed while its recipient moves between nodes comes once (%s)',
    async (when) => {
      const { one, other, push, becomes } = await startTwo();
      const first = await one.connect();
      first.cut();
      await until(() => one.connections() === 0);
      const held = other.hold(when);
      const moving = other.connect();
      await held.reached;
      const message = await push('on the move');
      held.open();
      const second = await moving;
      await becomes(message, 'DELIVERED');
      const last = await push('settled in');
      await becomes(last, 'DELIVERED');
      expect([first.texts, second.texts]).toEqual([[], ['on the move', 'settled in']]);
    },
  );

  test('a message that is written to a connection which is ending stays PENDING and comes on the next', async () => {
    const { one, other, push, status } = await startTwo();
    const ending = await one.connect();
    ending.tcp.pause();
    const message = await push('into the void');
    ending.cut();
    await until(() => one.connections() === 0);
    expect(await status(message)).toBe('PENDING');
    const next = await other.connect();
    expect(await next.received(1)).toEqual(['into the void']);
  });

  test('of two tabs on two nodes the one with a full window gets later what is still pending, and nothing twice', async () => {
    const { one, other, push, becomes } = await startTwo({ maxUnconfirmedMessages: 1 });
    const stuck = await one.connect({ pongs: false });
    const zero = await push('0');
    await stuck.received(1);
    const quick = await other.connect();
    await becomes(zero, 'DELIVERED');
    for (const text of ['1', '2']) await becomes(await push(text), 'DELIVERED');
    expect([stuck.texts, quick.texts]).toEqual([['0'], ['0', '1', '2']]);
    stuck.pongs = true;
    for (const ping of stuck.pings) stuck.pong(ping);
    const last = await push('last');
    await becomes(last, 'DELIVERED');
    expect(await stuck.received(2)).toEqual(['0', 'last']);
    expect(quick.texts).toEqual(['0', '1', '2', 'last']);
  });

  test('a message that is recalled after a drain has read it is not sent', async () => {
    const { one, push, cancel, becomes } = await startTwo();
    const recalled = await push('recalled');
    const held = one.hold('after pending');
    const connecting = one.connect();
    await held.reached;
    const { heard } = await one.hears('cancelled', null);
    expect((await cancel({ ids: [recalled.id] })).cancelled).toBe(1);
    await heard;
    held.open();
    const client = await connecting;
    await becomes(await push('next'), 'DELIVERED');
    expect(client.texts).toEqual(['next']);
  });

  test.each(['before unsentGlobals', 'after unsentGlobals', 'after pending'] as const)(
    'a global message during a connect comes once (%s)',
    async (when) => {
      const { one, push, pushGlobal, becomes, rows } = await startTwo();
      const held = one.hold(when);
      const connecting = one.connect();
      await held.reached;
      const { heard } = await one.hears('global', null);
      await pushGlobal('to all');
      await heard;
      held.open();
      const client = await connecting;
      await becomes(await push('next'), 'DELIVERED');
      await client.received(2);
      expect([...client.texts].sort()).toEqual(['next', 'to all']);
      while ((await rows()).some(({ status }) => status !== 'DELIVERED') || (await rows()).length < 2);
    },
  );

  test('a global message that is cancelled while its rows are made leaves nothing pending', async () => {
    const { one, pushGlobal, push, cancel, becomes, rows } = await startTwo();
    const client = await one.connect({ pongs: false });
    const held = one.hold('before recordGlobals');
    const message = await pushGlobal('to all');
    await client.received(1);
    await held.reached;
    expect((await cancel({ globalMessageId: message.id })).globalEnded).toBe(true);
    held.open();
    client.cut();
    await until(() => one.connections() === 0);
    const next = await one.connect();
    await becomes(await push('next'), 'DELIVERED');
    expect(next.texts).toEqual(['next']);
    expect((await rows()).filter(({ status }) => status === 'PENDING')).toEqual([]);
  });

  test.each(['after standing', 'before unsentGlobals'] as const)(
    'a revocation during a handshake closes with 4403 before anything is sent (%s)',
    async (when) => {
      const { one, push, revoke, status } = await startTwo();
      const message = await push('not for this token');
      const held = one.hold(when);
      const connecting = one.connect();
      await held.reached;
      await revoke();
      held.open();
      const client = await connecting;
      expect(await client.closed()).toBe(4403);
      expect([client.texts, await status(message)]).toEqual([[], 'PENDING']);
    },
  );
});
