import { brief } from './brief.js';
import type { Accepted, Ledger } from './ledger.js';

interface Passage {
  begunAt: number;
  answeredAt: number;
  /** Is the time of the first frame; null if none has come. */
  arrivedAt: number | null;
}

/** Wraps a ledger, and notes when each message was pushed and when it came, by `performance.now()`. */
export class Passages implements Pick<Ledger, 'tried' | 'accepted' | 'received'> {
  readonly #begun = new Map<string, number>();
  readonly #arrived = new Map<string, Map<string, number>>();
  readonly #passages = new Map<string, Array<Omit<Passage, 'arrivedAt'> & { text: string }>>();

  constructor(private readonly ledger: Ledger) {}

  tried(text: string): void {
    this.ledger.tried(text);
    this.#begun.set(brief(text), performance.now());
  }

  accepted(message: Accepted): void {
    this.ledger.accepted(message);
    const { recipient } = message;
    const text = brief(message.text);
    const answeredAt = performance.now();
    const passage = { text, answeredAt, begunAt: this.#begun.get(text) ?? answeredAt };
    const known = this.#passages.get(recipient);
    if (known) known.push(passage);
    else this.#passages.set(recipient, [passage]);
  }

  received(connection: string, recipient: string, text: string, at = performance.now()): void {
    this.ledger.received(connection, recipient, text, at);
    const arrived = this.#arrived.get(recipient) ?? new Map<string, number>();
    this.#arrived.set(recipient, arrived);
    const name = brief(text);
    if (!arrived.has(name)) arrived.set(name, at);
  }

  /** Returns the messages for this recipient that were answered in this span. */
  of(recipient: string, from: number, to: number): Passage[] {
    const some = (this.#passages.get(recipient) ?? []).filter(({ answeredAt }) => answeredAt >= from && answeredAt < to);
    return some.map(({ text, ...times }) => ({ ...times, arrivedAt: this.#arrived.get(recipient)?.get(text) ?? null }));
  }
}
