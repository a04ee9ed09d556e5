import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { TidingsError, unavailable } from '../../../src/core/domain/errors.js';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import type { BusMessage } from '../../../src/core/ports/message-bus.js';
import { recipientChannel, tenantChannel } from '../../../src/core/ports/message-bus.js';
import { cancelMessages } from '../../../src/core/use-cases/cancel-messages.js';
import { eraseRecipient } from '../../../src/core/use-cases/erase-recipient.js';
import { pushGlobalMessage } from '../../../src/core/use-cases/push-global-message.js';
import { pushMessage } from '../../../src/core/use-cases/push-message.js';
import { revokeRecipient } from '../../../src/core/use-cases/revoke-recipient.js';
import { NotingBus } from '../../api/support/api.js';
import { MemoryStore } from '../../api/support/memory-store.js';

/** Takes what is published a few turns of the event loop later. */
class SlowBus extends NotingBus {
  waiting = 0;
  /** That waited at the same time. */
  most = 0;

  override async publish(messages: readonly BusMessage[]): Promise<void> {
    this.waiting += messages.length;
    this.most = Math.max(this.most, this.waiting);
    for (let turns = 0; turns < 5; turns++) await nextTurn();
    this.waiting -= messages.length;
    await super.publish(messages);
  }
}

const TENANT = '0189c3f0-0000-7000-8000-000000000001';
let now: number;
let store: MemoryStore;
let bus: NotingBus;

beforeEach(() => {
  now = Date.now();
  store = new MemoryStore();
  bus = new NotingBus();
});

const deps = () => ({
  store,
  bus,
  clock: { now: () => now },
  tokenTtlMs: 1000,
});
const push = (input: Parameters<ReturnType<typeof pushMessage>>[1]) => pushMessage(deps())(TENANT, input);
const pushGlobal = (input: Parameters<ReturnType<typeof pushGlobalMessage>>[1]) => pushGlobalMessage(deps())(TENANT, input);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'accepted').catch((error) => (error instanceof TidingsError ? error.code : error));

describe('after a push is durable', () => {
  test('thousands of recipients are told in order, and others get their turns of the event loop meanwhile', async () => {
    let turns = 0;
    let told = false;
    const turn = () => {
      turns++;
      if (!told) setImmediate(turn);
    };
    setImmediate(turn);
    const recipients = Array.from({ length: 10_000 }, (_, i) => `r${i}`);
    await push({ recipients, message: 'hi' });
    told = true;
    expect(bus.published.map(({ channel }) => channel)).toEqual(recipients.map((name) => recipientChannel(TENANT, name)));
    expect(turns).toBeGreaterThanOrEqual(19);
  });

  test('thousands of events do not wait on the bus all at once, where those of others would stand behind them', async () => {
    const slow = new SlowBus();
    bus = slow;
    const recipients = Array.from({ length: 10_000 }, (_, i) => `r${i}`);
    await push({ recipients, message: 'hi' });
    expect(slow.waiting).toBe(0);
    expect(slow.most).toBeLessThanOrEqual(1_000);
    expect(bus.published.map(({ channel }) => channel)).toEqual(recipients.map((name) => recipientChannel(TENANT, name)));
  });

  test('each recipient is told on its own channel, with the text', async () => {
    const entries = await push({ recipients: ['ann', 'bob', 'ann'], message: 'hi', topic: 'news' });
    expect(entries.map(({ index }) => index)).toEqual([0, 1]);
    expect(bus.published).toEqual(
      entries.map(
        ({ item }): BusMessage => ({
          channel: recipientChannel(TENANT, item?.recipient ?? ''),
          event: {
            type: 'message',
            message: {
              id: item?.id ?? '',
              message: 'hi',
              topic: 'news',
              createdAt: item?.createdAt.getTime() ?? 0,
              expiresAt: null,
              globalMessageId: null,
            },
          },
        }),
      ),
    );
  });

  test('a text above 4 KiB is to be asked for', async () => {
    await push({ recipients: ['ann'], message: 'é'.repeat(2049) });
    await push({ recipients: ['ann'], message: 'é'.repeat(2048) });
    expect(bus.published.map(({ event }) => event.type)).toEqual(['pending', 'message']);
    expect(bus.published[0]?.event).toEqual({ type: 'pending', id: store.messages[0]?.id });
    await pushGlobal({ message: 'x'.repeat(4097) });
    const { id } = store.globals[0] ?? {};
    expect(bus.published.at(-1)).toEqual({ channel: tenantChannel(TENANT), event: { type: 'global-pending', id } });
  });

  test('a global message is told to the tenant', async () => {
    const { id, createdAt } = await pushGlobal({ message: 'hi' });
    const message = { id, message: 'hi', topic: null, createdAt: createdAt.getTime(), expiresAt: null, globalMessageId: id };
    expect(bus.published).toEqual([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
  });
});

describe('an idempotency key', () => {
  const expiresAt = () => new Date(now + 1000).toISOString();

  test('is looked up before anything else is judged', async () => {
    const input = { recipients: ['ann'], message: 'hi', expiresAt: expiresAt(), idempotencyKey: 'k' };
    const first = await push(input);
    now += 3_600_000;
    expect(await push(input)).toEqual(first);
    expect(bus.published).toHaveLength(1);
    expect(await codeOf(push({ ...input, recipients: Array.from({ length: 10_001 }, () => 'ann') }))).toBe('accepted');
  });

  test('with the same input after collapsing and parsing answers the same', async () => {
    const moment = expiresAt();
    const first = await push({ recipients: ['ann', 'bob'], message: 'hi', expiresAt: moment, idempotencyKey: 'k' });
    const again = await push({
      recipients: ['ann', 'bob', 'ann'],
      message: 'hi',
      topic: null,
      expiresAt: moment.replace('Z', '999+00:00'),
      idempotencyKey: 'k',
    });
    expect(again).toEqual(first);
  });

  test('with other input is a conflict, whatever else is wrong with it', async () => {
    const input = { recipients: ['ann'], message: 'hi', idempotencyKey: 'k' };
    await push(input);
    for (const other of [
      { recipients: ['bob'] },
      { recipients: ['ann', 'bob'] },
      { recipients: [] },
      { message: 'ho' },
      { message: '' },
      { message: 'x'.repeat(65_537) },
      { topic: 'news' },
      { expiresAt: expiresAt() },
      { expiresAt: new Date(now - 1).toISOString() },
    ]) {
      expect(await codeOf(push({ ...input, ...other }))).toBe('IDEMPOTENCY_CONFLICT');
    }
    expect(await codeOf(pushGlobal({ message: 'hi', idempotencyKey: 'k' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(store.messages).toHaveLength(1);
  });

  test('of a global message works the same way', async () => {
    const input = { message: 'hi', expiresAt: expiresAt(), idempotencyKey: 'k' };
    const first = await pushGlobal(input);
    now += 3_600_000;
    expect(await pushGlobal(input)).toEqual(first);
    expect(bus.published).toHaveLength(1);
    expect(await codeOf(pushGlobal({ ...input, message: 'ho' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await codeOf(push({ recipients: ['ann'], message: 'hi', idempotencyKey: 'k' }))).toBe('IDEMPOTENCY_CONFLICT');
  });

  test('is not used up by a call that fails', async () => {
    const input = { recipients: ['ann'], message: 'hi', idempotencyKey: 'k' };
    expect(await codeOf(push({ ...input, message: '' }))).toBe('BAD_USER_INPUT');
    expect(await codeOf(push(input))).toBe('accepted');
  });
});

test('an expiry is judged by the database clock', async () => {
  now = Date.parse('2040-01-01T00:00:00Z');
  const input = { recipients: ['ann'], message: 'hi' };
  expect(await codeOf(push({ ...input, expiresAt: '2040-01-01T00:00:00Z' }))).toBe('BAD_USER_INPUT');
  expect(await codeOf(push({ ...input, expiresAt: '2040-01-01T00:00:00.001Z' }))).toBe('accepted');
  expect(await codeOf(push({ ...input, expiresAt: '2040-12-31T00:00:00.000Z' }))).toBe('accepted');
  expect(await codeOf(push({ ...input, expiresAt: '2040-12-31T00:00:00.001Z' }))).toBe('BAD_USER_INPUT');
});

test('the product of recipients and bytes counts distinct recipients', async () => {
  const message = 'x'.repeat(64 * 1024);
  const names = Array.from({ length: 256 }, (_, i) => `r${i}`);
  expect(await codeOf(push({ recipients: [...names, ...names], message }))).toBe('accepted');
  expect(await codeOf(push({ recipients: [...names, 'one more'], message }))).toBe('BAD_USER_INPUT');
});

describe('a recall', () => {
  const cancel = (input: Parameters<ReturnType<typeof cancelMessages>>[1]) => cancelMessages(deps())(TENANT, input);

  test('tells the tenant what was cancelled, in pieces', async () => {
    await push({ recipients: Array.from({ length: 250 }, (_, i) => `r${i}`), message: 'hi', topic: 'news' });
    bus.published.length = 0;
    expect(await cancel({ topic: 'news' })).toEqual({ cancelled: 250, complete: true });
    const events = bus.published.map(({ channel, event }) => ({ channel, ids: event.type === 'cancelled' ? event.ids : [] }));
    expect(events.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
    expect(events.every(({ channel }) => channel === tenantChannel(TENANT))).toBe(true);
    expect(events.flatMap(({ ids }) => ids)).toEqual(store.messages.map(({ id }) => id));
  });

  test('of a global message alone tells that it ended', async () => {
    const { id } = await pushGlobal({ message: 'hi', expiresAt: new Date(now + 1000).toISOString() });
    bus.published.length = 0;
    await cancel({ globalMessageId: id.toUpperCase() });
    expect(bus.published).toEqual([{ channel: tenantChannel(TENANT), event: { type: 'global-cancelled', id } }]);
  });

  test('matches nothing by malformed ids or an empty list, and asks nobody', async () => {
    const nothing = { cancelled: 0, complete: true };
    expect(await cancel({ ids: [] })).toEqual(nothing);
    expect(await cancel({ ids: ['x', ''] })).toEqual(nothing);
    expect(await cancel({ globalMessageId: 'x' })).toEqual(nothing);
    expect(await cancel({ ids: [], topic: 'news' })).toEqual(nothing);
    expect(store.calls).toEqual([]);
  });

  test('by ids takes each once, whatever their case', async () => {
    const [entry] = await push({ recipients: ['ann'], message: 'hi' });
    const id = entry?.item?.id ?? '';
    expect(await cancel({ ids: [id, id.toUpperCase(), 'x'] })).toEqual({ cancelled: 1, complete: true });
  });
});

describe('a revocation', () => {
  const revoked = (number: number): BusMessage => ({
    channel: tenantChannel(TENANT),
    event: { type: 'revoked', recipientHash: recipientHash('ann'), number },
  });

  test('is told with its number', async () => {
    await revokeRecipient(deps())(TENANT, { recipient: 'ann' });
    expect(bus.published).toEqual([revoked(1)]);
  });

  test('is told before an erasure deletes anything, and again after it', async () => {
    await push({ recipients: ['ann', 'bob'], message: 'hi' });
    bus.published.length = 0;
    const erase = eraseRecipient(deps());
    expect(await erase(TENANT, { recipient: 'ann' })).toEqual({ erased: 1 });
    expect(bus.published).toEqual([revoked(1), revoked(2)]);
    expect(store.messages.map(({ recipient }) => recipient)).toEqual(['bob']);
  });

  test('that has taken place leaves an erasure that fails after it UNKNOWN; one that fails before it is not accepted', async () => {
    const erase = eraseRecipient(deps());
    const outcomeOf = () => erase(TENANT, { recipient: 'ann' }).catch((error) => error.details?.outcome);
    store.failure = unavailable('away');
    expect(await outcomeOf()).toBe('NOT_ACCEPTED');
    expect(bus.published).toEqual([]);
    store.failure = null;
    store.erase = async () => {
      throw unavailable('away');
    };
    expect(await outcomeOf()).toBe('UNKNOWN');
    expect(bus.published).toEqual([revoked(1)]);
  });
});
