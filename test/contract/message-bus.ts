import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HeldConnection } from '../../src/core/domain/presence.js';
import {
  type BusAnswers,
  type BusEvent,
  type BusHandler,
  type BusMessage,
  type Channel,
  type MessageBus,
  recipientChannel,
  tenantChannel,
} from '../../src/core/ports/message-bus.js';

/** Two nodes that share a bus; in one process both are the same. */
export interface BusPair {
  publisher: MessageBus;
  subscriber: MessageBus;
  close(): Promise<void>;
}

const TENANT = '018f3f6e-0000-7000-8000-000000000001';
const OTHER_TENANT = '018f3f6e-0000-7000-8000-000000000002';

export const textEvent = (text: string): BusEvent => ({
  type: 'message',
  message: { id: text, message: text, topic: null, createdAt: 1, expiresAt: null, globalMessageId: null },
});

const HELD: HeldConnection = {
  id: 'one',
  since: 1_700_000_000_123,
  topic: 'häufig',
  protocol: 'V1',
  node: 'node',
  sourceIp: '203.0.113.7',
  origin: 'https://example.org',
  userAgent: 'a "browser"',
  unconfirmed: 3,
  behind: false,
  waits: true,
  owes: { one: 1_700_000_000_456 },
};

const textOf = (event: BusEvent): string => (event.type === 'message' ? event.message.message : event.type);

/** A handler that keeps what it gets, and lets a test wait for it. */
export class Inbox {
  readonly events: BusEvent[] = [];
  #wanted: { count: number; resolve: () => void } | null = null;

  readonly handler: BusHandler = (event) => {
    this.events.push(event);
    if (this.#wanted && this.events.length >= this.#wanted.count) this.#wanted.resolve();
  };

  get texts(): string[] {
    return this.events.map(textOf);
  }

  async until(count: number): Promise<BusEvent[]> {
    if (this.events.length < count) {
      await new Promise<void>((resolve) => {
        this.#wanted = { count, resolve };
      });
    }
    return this.events;
  }
}

/** What every message bus promises. */
export function messageBusContract(name: string, createPair: () => Promise<BusPair>): void {
  describe(name, () => {
    let pair: BusPair;
    let run = 0;
    let channel: Channel;

    beforeAll(async () => {
      pair = await createPair();
    });
    afterAll(() => pair.close());
    beforeEach(() => {
      channel = recipientChannel(TENANT, `recipient ${++run}`);
    });

    const publish = (to: Channel, ...texts: string[]) =>
      pair.publisher.publish(texts.map((text) => ({ channel: to, event: textEvent(text) })));

    it('hands an event to every handler of its channel and to no other', async () => {
      const [first, second, other] = [new Inbox(), new Inbox(), new Inbox()];
      await pair.subscriber.subscribe(channel, first.handler);
      await pair.subscriber.subscribe(channel, second.handler);
      const otherChannel = recipientChannel(OTHER_TENANT, `recipient ${run}`);
      await pair.subscriber.subscribe(otherChannel, other.handler);
      await publish(channel, 'a');
      await publish(otherChannel, 'b');
      await Promise.all([first.until(1), second.until(1), other.until(1)]);
      expect([first.texts, second.texts, other.texts]).toEqual([['a'], ['a'], ['b']]);
    });

    it('carries every kind of event unchanged', async () => {
      const inbox = new Inbox();
      await pair.subscriber.subscribe(channel, inbox.handler);
      const message = {
        id: '018f3f6e-0000-7000-8000-000000000003',
        message: `"quoted" \\ \u2028 \u{1f600} ${'x'.repeat(4096)}`,
        topic: 'häufig',
        createdAt: 1_700_000_000_123,
        expiresAt: 1_700_000_001_456,
        globalMessageId: null,
      };
      const events: BusEvent[] = [
        { type: 'message', message },
        { type: 'pending' },
        { type: 'global', message: { ...message, topic: null, expiresAt: null, globalMessageId: message.id } },
        { type: 'global-pending', id: message.id },
        { type: 'cancelled', ids: [message.id, 'b'] },
        { type: 'global-cancelled', id: message.id },
        { type: 'revoked', recipientHash: 'ab'.repeat(32), number: 17 },
        { type: 'tenant-disabled' },
      ];
      await pair.publisher.publish(events.map((event) => ({ channel, event })));
      expect(await inbox.until(events.length)).toEqual(events);
    });

    it('keeps the order of a channel, within a call and over calls', async () => {
      const inbox = new Inbox();
      await pair.subscriber.subscribe(channel, inbox.handler);
      const other = tenantChannel(TENANT);
      const expected: string[] = [];
      for (let call = 0; call < 40; call++) {
        const texts = Array.from({ length: 1 + (call % 30) }, (_, i) => `${call}.${i}`);
        expected.push(...texts);
        const messages = texts.flatMap((text, i) => [
          { channel, event: textEvent(text) },
          ...(i % 7 === 0 ? [{ channel: other, event: textEvent('between') }] : []),
        ]);
        const published = pair.publisher.publish(messages);
        if (call % 3 === 0) await published;
      }
      await inbox.until(expected.length);
      expect(inbox.texts).toEqual(expected);
    });

    it('carries what several pushes to many make, in order, whatever their messages share', async () => {
      const names = Array.from({ length: 40 }, (_, i) => recipientChannel(TENANT, `one of many ${i}`));
      const inboxes = names.map(() => new Inbox());
      await Promise.all(names.map((to, i) => pair.subscriber.subscribe(to, (inboxes[i] as Inbox).handler)));
      let made = 0;
      const push = (text: string, topic: string | null = null): BusMessage[] =>
        names.map((to) => {
          const id = `01920000-0000-7000-8000-${String(made++).padStart(12, '0')}`;
          const message = { id, message: text, topic, createdAt: 1_700_000_000_000, expiresAt: null, globalMessageId: null };
          return { channel: to, event: { type: 'message', message } };
        });
      const first = names[0] as Channel;
      const toOne = push('again and again to one').map(({ event }) => ({ channel: first, event }));
      const pending = names.map((to, i): BusMessage => ({ channel: to, event: { type: 'pending', id: `${i}` } }));
      const calls = [push('ünï\u2028 "𝄞" %s %1 \\'), [...push('a', 'b'), ...push('b', 'b')], [...toOne, ...push('c')], pending];
      // All in one turn, and then each in one of its own.
      await Promise.all(calls.map((call) => pair.publisher.publish(call)));
      for (const call of calls) await pair.publisher.publish(call);
      const sent = [...calls, ...calls].flat();
      for (const [i, to] of names.entries()) {
        const expected = sent.filter((one) => one.channel === to).map(({ event }) => event);
        expect(await (inboxes[i] as Inbox).until(expected.length)).toEqual(expected);
      }
    });

    it('lets events arrive as soon as a subscription has resolved, in a burst of them too', async () => {
      const inboxes = Array.from({ length: 300 }, () => new Inbox());
      await Promise.all(
        inboxes.map(async (inbox, i) => {
          const own = recipientChannel(TENANT, `burst ${i}`);
          const subscription = await pair.subscriber.subscribe(own, inbox.handler);
          await publish(own, `for ${i}`);
          await inbox.until(1);
          subscription.close();
        }),
      );
      expect(inboxes.map((inbox) => inbox.texts)).toEqual(inboxes.map((_, i) => [`for ${i}`]));
    });

    it('spares the other handlers when one throws', async () => {
      const inbox = new Inbox();
      await pair.subscriber.subscribe(channel, () => {
        throw new Error('a handler that fails');
      });
      await pair.subscriber.subscribe(channel, inbox.handler);
      await publish(channel, 'a', 'b');
      await inbox.until(2);
      expect(inbox.texts).toEqual(['a', 'b']);
    });

    it('takes the same function twice, and closes one without the other', async () => {
      const inbox = new Inbox();
      const first = await pair.subscriber.subscribe(channel, inbox.handler);
      await pair.subscriber.subscribe(channel, inbox.handler);
      await publish(channel, 'a');
      await inbox.until(2);
      first.close();
      first.close();
      await publish(channel, 'b');
      await inbox.until(3);
      await publish(channel, 'c');
      await inbox.until(4);
      expect(inbox.texts).toEqual(['a', 'a', 'b', 'c']);
    });

    it('brings nothing after the last close', async () => {
      const [closed, later] = [new Inbox(), new Inbox()];
      const subscription = await pair.subscriber.subscribe(channel, closed.handler);
      subscription.close();
      await publish(channel, 'a');
      await pair.subscriber.subscribe(channel, later.handler);
      await publish(channel, 'b');
      await later.until(1);
      expect(later.texts.at(-1)).toBe('b');
      expect(closed.texts).toEqual([]);
    });

    it('goes on when a channel is closed and subscribed again at once, however often', async () => {
      for (let round = 0; round < 50; round++) {
        const inbox = new Inbox();
        const first = await pair.subscriber.subscribe(channel, () => {});
        first.close();
        // Half of the rounds let the first command go out before the second is asked for.
        if (round % 2 === 0) await new Promise(setImmediate);
        const second = await pair.subscriber.subscribe(channel, inbox.handler);
        await publish(channel, `round ${round}`);
        await inbox.until(1);
        expect(inbox.texts).toEqual([`round ${round}`]);
        second.close();
      }
    });

    it('resolves a subscription for every one of those who ask while it is under way', async () => {
      const inboxes = [new Inbox(), new Inbox(), new Inbox()];
      const subscriptions = await Promise.all(inboxes.map((inbox) => pair.subscriber.subscribe(channel, inbox.handler)));
      subscriptions[0]?.close();
      await publish(channel, 'a');
      await Promise.all([inboxes[1]?.until(1), inboxes[2]?.until(1)]);
      expect(inboxes.map((inbox) => inbox.texts)).toEqual([[], ['a'], ['a']]);
    });

    it('tells channels apart whatever a recipient is called', async () => {
      const names = [
        'a',
        'A',
        'a*',
        '*',
        '?',
        '[a]',
        'a b',
        ' a',
        'a:',
        'a:b',
        ':',
        '{a}',
        '{',
        '}{',
        'a\r\nPUBLISH',
        'a\n',
        '"',
        "'",
        'é',
        'e\u0301',
        '\u{1f600}',
      ];
      const inboxes = await Promise.all(
        names.map(async (recipient) => {
          const inbox = new Inbox();
          await pair.subscriber.subscribe(recipientChannel(TENANT, recipient), inbox.handler);
          return inbox;
        }),
      );
      await pair.publisher.publish(
        names.map((recipient) => ({ channel: recipientChannel(TENANT, recipient), event: textEvent(recipient) })),
      );
      await Promise.all(inboxes.map((inbox) => inbox.until(1)));
      for (const recipient of names) await publish(recipientChannel(TENANT, recipient), 'end');
      await Promise.all(inboxes.map((inbox) => inbox.until(2)));
      expect(inboxes.map((inbox) => inbox.texts)).toEqual(names.map((recipient) => [recipient, 'end']));
    });

    it('takes events that nobody listens to, and none at all', async () => {
      await publish(channel, 'nobody');
      await pair.publisher.publish([]);
    });

    it('neither rejects nor delivers once it is closed', async () => {
      const other = await createPair();
      const inbox = new Inbox();
      await other.subscriber.subscribe(channel, inbox.handler);
      await other.close();
      await other.close();
      await other.publisher.publish([{ channel, event: textEvent('late') }]);
      (await other.subscriber.subscribe(channel, inbox.handler)).close();
      expect(inbox.texts).toEqual([]);
    });

    describe('asked', () => {
      const question = { messages: ['one'] };
      /** Answers each question with a connection of this id. */
      const answering =
        (id: string): BusHandler =>
        (event) => {
          if (event.type !== 'question') return;
          const answer = { connections: [{ ...HELD, id: `${id} ${event.question.messages}` }] };
          void pair.subscriber.publish([{ channel: event.replyTo, event: { type: 'answer', id: event.id, answer } }]);
        };
      const idsOf = ({ answers }: BusAnswers) => answers.flatMap(({ connections }) => connections.map(({ id }) => id));

      it('brings the answers of those who listen to the channel, and of nobody else', async () => {
        await pair.subscriber.subscribe(channel, answering('here'));
        await pair.subscriber.subscribe(recipientChannel(OTHER_TENANT, `recipient ${run}`), answering('elsewhere'));
        const [answered, ...others] = await pair.publisher.ask([{ channel, question }]);
        expect(others).toEqual([]);
        expect(answered).toEqual({ answers: [{ connections: [{ ...HELD, id: 'here one' }] }], complete: true });
      });

      it('knows that nobody listens', async () => {
        expect(await pair.publisher.ask([{ channel, question }])).toEqual([{ answers: [], complete: true }]);
        const subscription = await pair.subscriber.subscribe(channel, () => {});
        subscription.close();
        const [left] = await pair.publisher.ask([{ channel, question }]);
        expect({ ids: left && idsOf(left), complete: left?.complete }).toEqual({ ids: [], complete: true });
      });

      it('does not wait for ever for one who does not answer, and says so', async () => {
        await pair.subscriber.subscribe(channel, () => {});
        expect(await pair.publisher.ask([{ channel, question }])).toEqual([{ answers: [], complete: false }]);
        expect(await pair.publisher.ask([])).toEqual([]);
      });

      it('puts many questions at once, and keeps their answers apart', async () => {
        const channels = Array.from({ length: 100 }, (_, i) => recipientChannel(TENANT, `recipient ${run}.${i}`));
        await Promise.all(channels.map((one, i) => pair.subscriber.subscribe(one, answering(`r${i}`))));
        const answers = await pair.publisher.ask(channels.map((one, i) => ({ channel: one, question: { messages: [`m${i}`] } })));
        expect(answers.map(idsOf)).toEqual(channels.map((_, i) => [`r${i} m${i}`]));
        expect(answers.every(({ complete }) => complete)).toBe(true);
      });
    });
  });
}
