import type { MessageStatus } from '../../../src/core/domain/message.js';
import { brief } from './brief.js';

/**
 * Describes a message that an answered push stored for one recipient. Texts are unique, so frames without
 * ids can be told apart.
 */
export interface Accepted {
  id: string;
  recipient: string;
  text: string;
}

export interface AcceptedGlobal {
  id: string;
  text: string;
  /** Is null if it counts for a recipient once its message exists. */
  expiresAt: string | null;
  /** Lists who is or gets connected before it ends. */
  recipients: readonly string[];
}

/** Describes a message as the API returns it in the end. */
export interface Answered {
  id: string;
  recipient: string;
  message: string;
  status: MessageStatus;
  globalMessageId: string | null;
}

export interface Verdict {
  accepted: number;
  frames: number;
  /** Counts messages accepted, not cancelled or expired, and never received. */
  lost: Accepted[];
  /** Counts messages called DELIVERED and never received. */
  falselyDelivered: Answered[];
  /** Counts repeated frames of a message to a recipient, over all its connections. */
  repeats: number;
  /** Counts repeated frames on one connection, which is never allowed. */
  repeatsOnOneConnection: number;
  /** Counts texts received that no push, answered or tried, had. */
  unknownTexts: number;
  /** Counts messages accepted that the API does not list in the end. */
  missing: string[];
  /** Lists texts of which a recipient has two messages, though pushed once or with an idempotency key. */
  duplicates: string[];
  /** Lists texts that were refused as NOT_ACCEPTED, but exist or were received. */
  falselyRefused: string[];
  /** Holds milliseconds from the answer to the first frame; 0 for a frame that came before its answer. */
  delayMs: { p50: number; p99: number; max: number };
  /** Holds milliseconds from the given moment until the last accepted message had its first frame. */
  allDeliveredAfterMs: number;
}

interface Received {
  firstAt: number;
  frames: number;
}

/**
 * Records, outside the product, what was promised (answers to pushes) and what happened (frames that
 * clients received), and compares both with what the API says in the end.
 */
export class Ledger {
  readonly #accepted = new Map<string, Accepted & { at: number }>();
  readonly #globals = new Map<string, AcceptedGlobal & { at: number }>();
  readonly #tried = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #excused = new Set<string>();
  readonly #received = new Map<string, Received>();
  readonly #onConnection = new Map<string, Set<string>>();
  #frames = 0;
  #repeatsOnOneConnection = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Notes that a push has begun: from now on its text may arrive, whether or not an answer comes. */
  tried(text: string): void {
    this.#tried.add(brief(text));
  }

  /**
   * Notes that a push was answered. The same message again, for the same idempotency key, changes nothing.
   */
  accepted(message: Accepted): void {
    if (!this.#accepted.has(message.id))
      this.#accepted.set(message.id, { ...message, text: brief(message.text), at: this.now() });
  }

  acceptedGlobal(message: AcceptedGlobal): void {
    this.#tried.add(brief(message.text));
    if (!this.#globals.has(message.id)) this.#globals.set(message.id, { ...message, text: brief(message.text), at: this.now() });
  }

  /** Notes that a push was refused as NOT_ACCEPTED and is not tried again. */
  refused(text: string): void {
    this.#refused.add(brief(text));
  }

  /** Notes that a message is no longer owed: cancelled, expired or erased. */
  excuse(id: string): void {
    this.#excused.add(id);
  }

  /** @param at when, by this ledger's clock */
  received(connection: string, recipient: string, text: string, at = this.now()): void {
    this.#frames++;
    const name = key(recipient, brief(text));
    const known = this.#received.get(name);
    if (known) known.frames++;
    else this.#received.set(name, { firstAt: at, frames: 1 });
    const seen = this.#onConnection.get(connection) ?? new Set();
    this.#onConnection.set(connection, seen);
    if (seen.has(name)) this.#repeatsOnOneConnection++;
    seen.add(name);
  }

  /** Returns whether a push of this run had this text. */
  knows(text: string): boolean {
    return this.#tried.has(brief(text));
  }

  /**
   * Returns sorted milliseconds from answer to first frame of messages answered in this span; Infinity for
   * one not received.
   */
  delays(from: number, to: number): number[] {
    const delays: number[] = [];
    for (const { recipient, text, at } of this.#accepted.values()) {
      if (at < from || at >= to) continue;
      delays.push(Math.max(0, (this.#received.get(key(recipient, text))?.firstAt ?? Number.POSITIVE_INFINITY) - at));
    }
    return delays.sort((a, b) => a - b);
  }

  get acceptedIds(): string[] {
    return [...this.#accepted.keys()];
  }

  get globalIds(): string[] {
    return [...this.#globals.keys()];
  }

  /** Counts accepted messages, and global ones by recipient, that are owed and not received yet. */
  outstanding(): Accepted[] {
    return this.#owed([]).filter(({ recipient, text }) => !this.#received.has(key(recipient, text)));
  }

  /**
   * @param all what the API says of all messages; those of other ledgers do not matter
   * @param since moment of this ledger's clock, such as the end of a fault
   */
  judge(all: readonly Answered[], since: number): Verdict {
    const answered = all
      .map((row) => ({ ...row, message: brief(row.message) }))
      .filter(({ message }) => this.#tried.has(message));
    const owed = this.#owed(answered);
    const first = (recipient: string, text: string) => this.#received.get(key(recipient, text));
    const arrivals = owed.flatMap(({ recipient, text, at }) => {
      const received = first(recipient, text);
      return received ? [{ delay: Math.max(0, received.firstAt - at), at: received.firstAt }] : [];
    });
    const delays = arrivals.map(({ delay }) => delay).sort((a, b) => a - b);
    const ids = new Set(answered.map(({ id }) => id));
    const own = answered.filter(({ globalMessageId }) => globalMessageId === null);
    const names = own.map(({ recipient, message }) => key(recipient, message));
    const texts = new Set([...answered.map(({ message }) => message), ...[...this.#received.keys()].map(textOf)]);
    let repeats = 0;
    for (const { frames } of this.#received.values()) repeats += frames - 1;
    return {
      accepted: owed.length,
      frames: this.#frames,
      lost: owed
        .filter(({ recipient, text }) => !first(recipient, text))
        .map(({ id, recipient, text }) => ({ id, recipient, text })),
      falselyDelivered: answered.filter((message) => message.status === 'DELIVERED' && !this.#wasReceived(message)),
      repeats,
      repeatsOnOneConnection: this.#repeatsOnOneConnection,
      unknownTexts: [...this.#received.keys()].filter((name) => !this.#tried.has(textOf(name))).length,
      missing: this.acceptedIds.filter((id) => !ids.has(id) && !this.#excused.has(id)),
      duplicates: repeated(names).map(textOf),
      falselyRefused: [...this.#refused].filter((text) => texts.has(text)),
      delayMs: { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), max: delays.at(-1) ?? 0 },
      allDeliveredAfterMs: arrivals.reduce((latest, { at }) => Math.max(latest, at - since), 0),
    };
  }

  #owed(answered: readonly Answered[]): Array<Accepted & { at: number }> {
    const owed = [...this.#accepted.values()].filter(({ id }) => !this.#excused.has(id));
    for (const global of this.#globals.values()) {
      if (this.#excused.has(global.id)) continue;
      const { id, text, at } = global;
      const recipients = new Set(global.expiresAt === null ? [] : global.recipients);
      for (const row of answered) if (row.globalMessageId === id && row.status !== 'CANCELLED') recipients.add(row.recipient);
      for (const recipient of recipients) owed.push({ id, recipient, text, at });
    }
    return owed;
  }

  #wasReceived({ recipient, message }: Answered): boolean {
    return this.#received.has(key(recipient, message));
  }
}

const key = (recipient: string, text: string) => `${recipient}\0${text}`;
const textOf = (name: string) => name.slice(name.indexOf('\0') + 1);

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
