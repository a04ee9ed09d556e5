import type { MessageStatus } from '../../../src/core/domain/message.js';
import { brief } from './brief.js';

/** What an answered push put into the database for one recipient. Texts are unique, so frames without ids can be told apart. */
export interface Accepted {
  id: string;
  recipient: string;
  text: string;
}

export interface AcceptedGlobal {
  id: string;
  text: string;
  /** Null: counts for a recipient once its message exists. */
  expiresAt: string | null;
  /** Who is or gets connected before it ends. */
  recipients: readonly string[];
}

/** A message as the API answers it in the end. */
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
  /** Accepted, not cancelled or expired, and never received. */
  lost: Accepted[];
  /** Called DELIVERED, and never received. */
  falselyDelivered: Answered[];
  /** Frames beyond a recipient's first of a message, over all its connections. */
  repeats: number;
  /** The same on one connection: never allowed. */
  repeatsOnOneConnection: number;
  /** Received, though no push that was answered or tried has this text. */
  unknownTexts: number;
  /** Accepted, and not among what the API lists in the end. */
  missing: string[];
  /** Texts of pushes that were made once, or with an idempotency key, of which a recipient has two messages. */
  duplicates: string[];
  /** Texts that were refused as NOT_ACCEPTED, and are there or were received all the same. */
  falselyRefused: string[];
  /** Milliseconds from the answer to the first frame; a frame that came before its answer counts as 0. */
  delayMs: { p50: number; p99: number; max: number };
  /** Milliseconds from the given moment until the last accepted message had its first frame. */
  allDeliveredAfterMs: number;
}

interface Received {
  firstAt: number;
  frames: number;
}

/**
 * Keeps, outside the product, what was promised (answers to pushes) and what happened (frames that clients received), and compares
 * both with what the API says in the end.
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

  /** A push was begun: from now on its text may arrive, whether or not an answer comes. */
  tried(text: string): void {
    this.#tried.add(brief(text));
  }

  /** A push was answered. Answering the same message again, for the same idempotency key, changes nothing. */
  accepted(message: Accepted): void {
    if (!this.#accepted.has(message.id))
      this.#accepted.set(message.id, { ...message, text: brief(message.text), at: this.now() });
  }

  acceptedGlobal(message: AcceptedGlobal): void {
    this.#tried.add(brief(message.text));
    if (!this.#globals.has(message.id)) this.#globals.set(message.id, { ...message, text: brief(message.text), at: this.now() });
  }

  /** A push was refused for good, with the outcome NOT_ACCEPTED, and not tried again. */
  refused(text: string): void {
    this.#refused.add(brief(text));
  }

  /** Cancelled, expired or erased: no longer owed. */
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

  /** Whether a push of this run had this text. */
  knows(text: string): boolean {
    return this.#tried.has(brief(text));
  }

  /** Sorted milliseconds from answer to first frame of the messages that were answered in this span; Infinity for one not received. */
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

  /** Accepted messages, and global ones by recipient, that are owed and have not been received yet. */
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
