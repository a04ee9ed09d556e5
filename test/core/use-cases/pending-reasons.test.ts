import { describe, expect, test } from '@jest/globals';
import type { Activity } from '../../../src/core/domain/activity.js';
import type { Message } from '../../../src/core/domain/message.js';
import type { HeldConnection } from '../../../src/core/domain/presence.js';
import { withPendingReasons } from '../../../src/core/use-cases/presence/pending-reasons.js';
import { NotingBus } from '../../api/support/api.js';
import { MemoryStore } from '../../api/support/memory-store.js';
import { TENANT } from './support.js';

const NOW = Date.parse('2026-11-29T12:00:00.000Z');
const DAY_MS = 86_400_000;
const ago = (ms: number) => new Date(NOW - ms);

const MESSAGE: Message = {
  ...{ id: 'm1', recipient: 'ann', message: 'secret words', topic: null, status: 'PENDING', receipt: null, cancelReason: null },
  ...{ expiresAt: null, createdAt: ago(DAY_MS), deliveredAt: null, cancelledAt: null, globalMessageId: null, deliveredTo: null },
};
const HELD: HeldConnection = {
  ...{ id: 'c1', since: NOW - 60_000, topic: null, protocol: 'PLAIN', node: 'n', sourceIp: null, origin: null, userAgent: null },
  ...{ unconfirmed: 0, behind: false, waits: false, owes: {} },
};

let entries = 0;
const passage = (kind: Activity['kind'], at: Date, over: Partial<Activity> = {}) => ({
  ...{ tenantId: TENANT, recipient: 'ann', id: `a${++entries}`, kind, at, lastAt: at, times: 1, connectionId: null },
  ...{ connectedSeconds: null, reason: null, closeCode: null, topic: null, protocol: null, node: 'n' },
  ...{ sourceIp: '203.0.113.7', origin: 'https://www.example.org', userAgent: null },
  ...over,
});

interface Situation {
  message?: Partial<Message>;
  held?: Array<Partial<HeldConnection>>;
  complete?: boolean;
  activity?: ReturnType<typeof passage>[];
  retentionMs?: number;
}

async function reason({ message = {}, held = [], complete = true, activity = [], retentionMs = 7 * DAY_MS }: Situation) {
  const [store, bus] = [new MemoryStore(), new NotingBus()];
  store.activity.push(...activity);
  bus.answers = () => ({ answers: held.map((one) => ({ connections: [{ ...HELD, ...one }] })), complete });
  const deps = { store, bus, clock: { now: () => NOW }, activityRetentionMs: retentionMs };
  const [told] = await withPendingReasons(deps, TENANT, [{ ...MESSAGE, ...message }]);
  expect(told?.pendingReason?.text ?? '').not.toContain('secret');
  return told?.pendingReason;
}

const seen = passage('DISCONNECTED', ago(2 * DAY_MS));
const refused = passage('REFUSED', ago(60_000), { reason: 'ORIGIN' });

describe('the reason why a message waits', () => {
  test.each<[string, Situation, string, string | null, string | RegExp]>([
    [
      'a frame without a receipt',
      { held: [{ owes: { m1: NOW - 12_000 }, behind: true }] },
      'NO_RECEIPT',
      '2026-11-29T11:59:48.000Z',
      /^Sent 12 seconds ago/,
    ],
    [
      '… of several, the first',
      { held: [{ owes: { m1: NOW - 1_000 } }, { owes: { m1: NOW - 90_000 } }] },
      'NO_RECEIPT',
      '2026-11-29T11:58:30.000Z',
      /^Sent 1 minute ago/,
    ],
    [
      '… not of a connection for another topic',
      { message: { topic: 'b' }, held: [{ topic: 'a', owes: { m1: NOW } }] },
      'OTHER_TOPIC',
      '2026-11-29T11:59:00.000Z',
      'Waiting: connected, but only for "a". This message is for "b".',
    ],
    [
      '… of a global by its own id',
      { message: { globalMessageId: 'g1' }, held: [{ owes: { g1: NOW - 3_600_000 } }] },
      'NO_RECEIPT',
      '2026-11-29T11:00:00.000Z',
      /^Sent 1 hour ago/,
    ],
    [
      'no room',
      { held: [{}, { behind: true, unconfirmed: 256 }] },
      'BEHIND',
      null,
      'Waiting behind 256 others that this browser has not confirmed.',
    ],
    [
      '… for one',
      { held: [{ behind: true, unconfirmed: 1 }] },
      'BEHIND',
      null,
      'Waiting behind 1 other that this browser has not confirmed.',
    ],
    ['… in its socket', { held: [{ behind: true }] }, 'BEHIND', null, /slow to take/],
    [
      'a node that waits for the database',
      { held: [{ waits: true, unconfirmed: 4 }] },
      'BEHIND',
      null,
      /^Waiting: our database is slow/,
    ],
    [
      'a connection that is there',
      { held: [{}], complete: false },
      'ON_ITS_WAY',
      null,
      /^On its way: connected since Sunday, 29 November 2026, 11:59 GMT/,
    ],
    [
      'no topic',
      { message: { topic: 'b' }, held: [{}] },
      'OTHER_TOPIC',
      '2026-11-29T11:59:00.000Z',
      'Waiting: connected, but for no topic. This message is for "b".',
    ],
    [
      'a node that did not answer, rather than another topic',
      { message: { topic: 'b' }, held: [{}], complete: false },
      'UNKNOWN',
      null,
      /^Waiting\. One of our servers did not answer/,
    ],
    ['… rather than a refusal', { complete: false, activity: [seen, refused] }, 'UNKNOWN', null, /did not answer/],
    [
      'a refusal after all else',
      { activity: [seen, refused] },
      'REFUSED',
      '2026-11-29T11:59:00.000Z',
      /runs on https:\/\/www\.example\.org, which its token does not allow \(last on Sunday, 29 November 2026, 11:59 GMT\)/,
    ],
    [
      '… by its last time',
      { activity: [passage('REFUSED', ago(3 * DAY_MS), { reason: 'LIMIT', lastAt: ago(DAY_MS) }), seen] },
      'REFUSED',
      '2026-11-28T12:00:00.000Z',
      /too many connections were open/,
    ],
    [
      'a departure after a refusal',
      { activity: [passage('REFUSED', ago(3 * DAY_MS), { reason: 'ORIGIN' }), seen] },
      'NOT_CONNECTED',
      '2026-11-27T12:00:00.000Z',
      'Waiting: not seen since Friday, 27 November 2026, 12:00 GMT. It will be delivered when they come back.',
    ],
    [
      '… and until when it waits',
      { message: { expiresAt: new Date(NOW + DAY_MS) }, activity: [seen] },
      'NOT_CONNECTED',
      '2026-11-27T12:00:00.000Z',
      /when they come back, until Monday, 30 November 2026, 12:00 GMT\.$/,
    ],
    ['nobody', {}, 'NOT_CONNECTED', null, 'Waiting: nobody called "ann" has connected in the last 7 days. Is the name right?'],
    [
      'nobody, where nothing is recorded',
      { retentionMs: 0 },
      'NOT_CONNECTED',
      null,
      'Waiting: nobody called "ann" is connected. Is the name right?',
    ],
  ])('is %s', async (_, situation, code, since, text) => {
    const told = await reason(situation);
    expect({ code: told?.code, since: told?.since?.toISOString() ?? null }).toEqual({ code, since });
    expect(told?.text).toMatch(text);
  });

  const expired = { status: 'CANCELLED', cancelReason: 'EXPIRED', cancelledAt: ago(DAY_MS) } as const;
  const came = passage('CONNECTED', ago(2 * DAY_MS), { topic: 'news' });
  test.each<[string, Situation, string, string | RegExp]>([
    [
      'who had left',
      { activity: [seen, passage('CONNECTED', ago(1_000))] },
      'NOT_CONNECTED',
      'Not delivered: it expired on Saturday, 28 November 2026, 12:00 GMT. Until then: not seen since Friday, 27 November 2026, 12:00 GMT.',
    ],
    ['who never came', {}, 'NOT_CONNECTED', /Until then: nobody called "ann" has connected/],
    [
      'who was refused',
      { activity: [seen, passage('REFUSED', ago(1.5 * DAY_MS), { reason: 'TOKEN_EXPIRED' })] },
      'REFUSED',
      /Until then: their page keeps trying/,
    ],
    [
      'who was there for another topic',
      { message: { topic: 'security' }, activity: [came] },
      'OTHER_TOPIC',
      /Until then: connected, but only for "news"\. This message is for "security"\.$/,
    ],
    ['who was there', { activity: [came] }, 'UNKNOWN', /Until then: connected, but nothing was confirmed\.$/],
  ])('that has expired is the last that was known of one %s', async (_, { message, ...situation }, code, text) => {
    const told = await reason({ ...situation, message: { ...expired, ...message } });
    expect(told?.code).toBe(code);
    expect(told?.text).toMatch(text);
  });

  test.each<[string, Partial<Message>, number]>([
    ['was delivered', { status: 'DELIVERED', deliveredAt: ago(1) }, 7 * DAY_MS],
    ['was recalled', { status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt: ago(1) }, 7 * DAY_MS],
    ['expired, though a client has it', { ...expired, deliveredAt: ago(1) }, 7 * DAY_MS],
    ['expired before what is known', { ...expired, cancelledAt: ago(8 * DAY_MS) }, 7 * DAY_MS],
    ['expired where nothing is recorded', expired, 0],
  ])('is not told of one that %s', async (_, message, retentionMs) => {
    expect(await reason({ message, activity: [seen], retentionMs })).toBeNull();
  });

  test('of many messages takes one round of questions, one for each recipient, and one of the store', async () => {
    const [store, bus] = [new MemoryStore(), new NotingBus()];
    const deps = { store, bus, clock: { now: () => NOW }, activityRetentionMs: DAY_MS };
    let rounds = 0;
    const ask = bus.ask.bind(bus);
    bus.ask = (questions) => {
      rounds++;
      return ask(questions);
    };
    const messages = ['ann', 'bob', 'ann'].map((recipient, i) => ({ ...MESSAGE, id: `m${i}`, recipient }));
    const told = await withPendingReasons(deps, TENANT, [...messages, { ...MESSAGE, status: 'DELIVERED', recipient: 'eve' }]);
    expect(told.map(({ pendingReason }) => pendingReason?.code)).toEqual([
      'NOT_CONNECTED',
      'NOT_CONNECTED',
      'NOT_CONNECTED',
      undefined,
    ]);
    expect(bus.asked.map(({ question }) => question.messages)).toEqual([['m0', 'm2'], ['m1']]);
    expect(rounds).toBe(1);
    expect(store.calls).toEqual(['lastActivity']);
  });
});
