import { type HeldConnection, LISTED_CONNECTIONS } from '../../core/domain/presence.js';
import type { BusEvent, MessageBus } from '../../core/ports/message-bus.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import type { Connection } from '../connection/connection.js';
import type { RecipientEntry } from './connection-registry.js';

interface QuestionAnswererDeps {
  bus: Pick<MessageBus, 'publish'>;
  /** Estimates the database's clock. */
  clock: Clock;
  timers: Pick<Timers, 'now'>;
  /** Name of this node. */
  node: string;
  /** Tells whether receipts wait for the database, so that nothing new is sent. */
  record: { readonly crowded: boolean; readonly failing: boolean };
}

type Question = Extract<BusEvent, { type: 'question' }>;

/** Answers who is there, and what they owe. */
export class QuestionAnswerer {
  constructor(private readonly deps: QuestionAnswererDeps) {}

  answer({ connections }: RecipientEntry, { id, replyTo, question }: Question): void {
    const held = connections.slice(0, LISTED_CONNECTIONS).map((connection) => this.#describe(connection, question.messages));
    void this.deps.bus.publish([{ channel: replyTo, event: { type: 'answer', id, answer: { connections: held } } }]);
  }

  #describe({ id, openedAt, claims, protocol, facts, sender, backlog }: Connection, messages: readonly string[]): HeldConnection {
    const { node, record, clock, timers } = this.deps;
    const owes: Record<string, number> = {};
    for (const message of messages) {
      const at = sender.window.writtenAt(message);
      if (at !== null) owes[message] = Math.round(clock.now() - (timers.now() - at));
    }
    const { sourceIp, origin, userAgent } = facts;
    return {
      ...{ id, since: openedAt, topic: claims.topic, protocol, node, sourceIp, origin, userAgent, owes },
      ...{ unconfirmed: sender.window.size, behind: backlog.phase === 'behind', waits: record.crowded || record.failing },
    };
  }
}
