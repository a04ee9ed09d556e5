import type { MessageStatus } from '../../../src/core/message.js';

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
  readonly #excused = new Set<string>();
  readonly #received = new Map<string, Received>();
  readonly #onConnection = new Map<string, Set<string>>();
  #frames = 0;
  #repeatsOnOneConnection = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A push was begun: from now on its text may arrive, whether or not an answer comes. */
  tried(text: string): void {
    this.#tried.add(text);
  }

  /** A push was answered. Answering the same message again, for the same idempotency key, changes nothing. */
  accepted(message: Accepted): void {
    if (!this.#accepted.has(message.id)) this.#accepted.set(message.id, { ...message, at: this.now() });
  }

  acceptedGlobal(message: AcceptedGlobal): void {
    this.#tried.add(message.text);
    if (!this.#globals.has(message.id)) this.#globals.set(message.id, { ...message, at: this.now() });
  }

  /** Cancelled, expired or erased: no longer owed. */
  excuse(id: string): void {
    this.#excused.add(id);
  }

  received(connection: string, recipient: string, text: string): void {
    this.#frames++;
    const name = key(recipient, text);
    const known = this.#received.get(name);
    if (known) known.frames++;
    else this.#received.set(name, { firstAt: this.now(), frames: 1 });
    const seen = this.#onConnection.get(connection) ?? new Set();
    this.#onConnection.set(connection, seen);
    if (seen.has(name)) this.#repeatsOnOneConnection++;
    seen.add(name);
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
   * @param answered what the API says of all accepted messages and of the rows of global ones
   * @param since moment of this ledger's clock, such as the end of a fault
   */
  judge(answered: readonly Answered[], since: number): Verdict {
    const owed = this.#owed(answered);
    const first = (recipient: string, text: string) => this.#received.get(key(recipient, text));
    const arrivals = owed.flatMap(({ recipient, text, at }) => {
      const received = first(recipient, text);
      return received ? [{ delay: Math.max(0, received.firstAt - at), at: received.firstAt }] : [];
    });
    const delays = arrivals.map(({ delay }) => delay).sort((a, b) => a - b);
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
      unknownTexts: [...this.#received.keys()].filter((name) => !this.#tried.has(name.slice(name.indexOf('\0') + 1))).length,
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

  #wasReceived({ id, recipient, globalMessageId }: Answered): boolean {
    const text = (globalMessageId === null ? this.#accepted.get(id) : this.#globals.get(globalMessageId))?.text;
    return text !== undefined && this.#received.has(key(recipient, text));
  }
}

const key = (recipient: string, text: string) => `${recipient}\0${text}`;

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
