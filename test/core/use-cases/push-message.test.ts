import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type BusMessage, recipientChannel } from '../../../src/core/ports/message-bus.js';
import { NotingBus } from '../../api/support/api.js';
import { codeOf, Rig, TENANT } from './support.js';

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

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

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
    await rig.push({ recipients, message: 'hi' });
    told = true;
    expect(rig.bus.published.map(({ channel }) => channel)).toEqual(recipients.map((name) => recipientChannel(TENANT, name)));
    expect(turns).toBeGreaterThanOrEqual(19);
  });

  test('thousands of events do not wait on the bus all at once, where those of others would stand behind them', async () => {
    const slow = new SlowBus();
    rig.bus = slow;
    const recipients = Array.from({ length: 10_000 }, (_, i) => `r${i}`);
    await rig.push({ recipients, message: 'hi' });
    expect(slow.waiting).toBe(0);
    expect(slow.most).toBeLessThanOrEqual(1_000);
    expect(rig.bus.published.map(({ channel }) => channel)).toEqual(recipients.map((name) => recipientChannel(TENANT, name)));
  });

  test('each recipient is told on its own channel, with the text', async () => {
    const entries = await rig.push({ recipients: ['ann', 'bob', 'ann'], message: 'hi', topic: 'news' });
    expect(entries.map(({ index }) => index)).toEqual([0, 1]);
    expect(rig.bus.published).toEqual(
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
    await rig.push({ recipients: ['ann'], message: 'é'.repeat(2049) });
    await rig.push({ recipients: ['ann'], message: 'é'.repeat(2048) });
    expect(rig.bus.published.map(({ event }) => event.type)).toEqual(['pending', 'message']);
    expect(rig.bus.published[0]?.event).toEqual({ type: 'pending', id: rig.store.messages[0]?.id });
  });
});

describe('an idempotency key', () => {
  const expiresAt = () => new Date(rig.now + 1000).toISOString();

  test('is looked up before anything else is judged', async () => {
    const input = { recipients: ['ann'], message: 'hi', expiresAt: expiresAt(), idempotencyKey: 'k' };
    const first = await rig.push(input);
    rig.now += 3_600_000;
    expect(await rig.push(input)).toEqual(first);
    expect(rig.bus.published).toHaveLength(1);
    expect(await codeOf(rig.push({ ...input, recipients: Array.from({ length: 10_001 }, () => 'ann') }))).toBe('accepted');
  });

  test('with the same input after collapsing and parsing answers the same', async () => {
    const moment = expiresAt();
    const first = await rig.push({ recipients: ['ann', 'bob'], message: 'hi', expiresAt: moment, idempotencyKey: 'k' });
    const again = await rig.push({
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
    await rig.push(input);
    for (const other of [
      { recipients: ['bob'] },
      { recipients: ['ann', 'bob'] },
      { recipients: [] },
      { message: 'ho' },
      { message: '' },
      { message: 'x'.repeat(65_537) },
      { topic: 'news' },
      { expiresAt: expiresAt() },
      { expiresAt: new Date(rig.now - 1).toISOString() },
    ]) {
      expect(await codeOf(rig.push({ ...input, ...other }))).toBe('IDEMPOTENCY_CONFLICT');
    }
    expect(await codeOf(rig.pushGlobal({ message: 'hi', idempotencyKey: 'k' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(rig.store.messages).toHaveLength(1);
  });

  test('is not used up by a call that fails', async () => {
    const input = { recipients: ['ann'], message: 'hi', idempotencyKey: 'k' };
    expect(await codeOf(rig.push({ ...input, message: '' }))).toBe('BAD_USER_INPUT');
    expect(await codeOf(rig.push(input))).toBe('accepted');
  });
});

test('an expiry is judged by the database clock', async () => {
  rig.now = Date.parse('2040-01-01T00:00:00Z');
  const input = { recipients: ['ann'], message: 'hi' };
  expect(await codeOf(rig.push({ ...input, expiresAt: '2040-01-01T00:00:00Z' }))).toBe('BAD_USER_INPUT');
  expect(await codeOf(rig.push({ ...input, expiresAt: '2040-01-01T00:00:00.001Z' }))).toBe('accepted');
  expect(await codeOf(rig.push({ ...input, expiresAt: '2040-12-31T00:00:00.000Z' }))).toBe('accepted');
  expect(await codeOf(rig.push({ ...input, expiresAt: '2040-12-31T00:00:00.001Z' }))).toBe('BAD_USER_INPUT');
});

test('the product of recipients and bytes counts distinct recipients', async () => {
  const message = 'x'.repeat(64 * 1024);
  const names = Array.from({ length: 256 }, (_, i) => `r${i}`);
  expect(await codeOf(rig.push({ recipients: [...names, ...names], message }))).toBe('accepted');
  expect(await codeOf(rig.push({ recipients: [...names, 'one more'], message }))).toBe('BAD_USER_INPUT');
});
