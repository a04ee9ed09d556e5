import type { Logger } from '../core/logger.js';
import type { ReceiptKind } from '../core/message.js';
import type { DeliveryStore, GlobalDelivery } from '../core/message-store.js';
import type { Metrics } from '../core/metrics.js';
import type { RecipientClaims } from '../core/recipient-token.js';
import type { Timers } from './timers.js';
import { WriteBehind } from './write-behind.js';

/** Deliveries kept while the database is slow or away, at most. */
const MAX_KEPT = 1_000_000;
/** How long a delivery waits for others to share its statement, in milliseconds. */
const GATHER_MS = 50;
/** How long one waits for its receipt, so that its row is written once and not twice. */
const AWAIT_RECEIPT_MS = 200;

interface Waiting {
  readonly delivery: GlobalDelivery;
  readonly since: number;
  /** On its way to the database: what comes later needs another write. */
  taken: boolean;
}

/** The rows of global messages, one for each recipient that a frame was written to: made in bulk, soon after the frame. */
export class Globals {
  readonly #writer: WriteBehind<Waiting>;
  /** What is not written yet, by global message and recipient. */
  readonly #byGlobal = new Map<string, Map<string, Waiting>>();
  #line: Waiting[] = [];
  #head = 0;
  #timer: (() => void) | null = null;

  constructor(
    store: Pick<DeliveryStore, 'recordGlobals'>,
    private readonly timers: Timers,
    metrics: Metrics,
    private readonly logger: Logger,
  ) {
    const write = async (waiting: Waiting[]) => {
      await store.recordGlobals(waiting.map((entry) => entry.delivery));
      const now = timers.now();
      for (const entry of waiting) {
        metrics.globalRowLagSeconds.observe((now - entry.since) / 1000);
        this.#forget(entry);
      }
    };
    this.#writer = new WriteBehind(write, timers, logger, {
      name: 'rows of globals',
      maxItems: 2_000,
      maxInFlight: 2,
      maxKept: MAX_KEPT,
    });
  }

  get kept(): number {
    return this.#line.length - this.#head + this.#writer.kept;
  }

  get failing(): boolean {
    return this.#writer.failing;
  }

  /** A frame of it was written to the recipient. */
  sent(globalMessageId: string, claims: RecipientClaims): void {
    if (!this.#byGlobal.get(globalMessageId)?.has(claims.recipient)) this.#wait(globalMessageId, claims);
  }

  /** A receipt came in for one whose row this node made or makes. */
  confirmed(globalMessageId: string, claims: RecipientClaims, kind: ReceiptKind, at: number): void {
    const known = this.#byGlobal.get(globalMessageId)?.get(claims.recipient);
    if (known?.delivery.receipt) return;
    const waiting = known === undefined || known.taken ? this.#wait(globalMessageId, claims) : known;
    if (waiting) waiting.delivery.receipt = { kind, at };
  }

  /** A receipt came in here that is not written yet. */
  isConfirmed(globalMessageId: string, recipient: string): boolean {
    return this.#byGlobal.get(globalMessageId)?.get(recipient)?.delivery.receipt != null;
  }

  /** It could not be written to the recipient now. Resolves once its row is there, so that a drain finds it. */
  owed(globalMessageId: string, claims: RecipientClaims): Promise<void> {
    this.sent(globalMessageId, claims);
    return this.flushed();
  }

  /** Resolves once the rows of everything so far have been made. */
  flushed(): Promise<void> {
    this.#advance(true);
    return this.#writer.flushed();
  }

  #wait(globalMessageId: string, claims: RecipientClaims): Waiting | null {
    if (this.kept >= MAX_KEPT) {
      this.logger.warn({ kept: this.kept }, 'rows of globals: too many wait for the database, one was dropped');
      return null;
    }
    let recipients = this.#byGlobal.get(globalMessageId);
    if (recipients === undefined) {
      recipients = new Map();
      this.#byGlobal.set(globalMessageId, recipients);
    }
    const { tenantId, recipient, revocation } = claims;
    const delivery = { tenantId, globalMessageId, recipient, revocation, receipt: null };
    const waiting: Waiting = { delivery, since: this.timers.now(), taken: false };
    recipients.set(recipient, waiting);
    this.#line.push(waiting);
    this.#advanceLater();
    return waiting;
  }

  #forget(waiting: Waiting): void {
    const { globalMessageId, recipient } = waiting.delivery;
    const recipients = this.#byGlobal.get(globalMessageId);
    if (recipients?.get(recipient) !== waiting) return;
    recipients.delete(recipient);
    if (recipients.size === 0) this.#byGlobal.delete(globalMessageId);
  }

  #advanceLater(): void {
    this.#timer ??= this.timers.after(GATHER_MS, () => {
      this.#timer = null;
      this.#advance(false);
    });
  }

  #advance(all: boolean): void {
    const now = this.timers.now();
    while (this.#head < this.#line.length) {
      const waiting = this.#line[this.#head] as Waiting;
      if (!all && now - waiting.since < (waiting.delivery.receipt ? GATHER_MS : AWAIT_RECEIPT_MS)) break;
      this.#head++;
      waiting.taken = true;
      this.#writer.take(waiting);
    }
    if (this.#head === this.#line.length || this.#head > 10_000) {
      this.#line = this.#line.slice(this.#head);
      this.#head = 0;
    }
    if (this.#line.length > 0) this.#advanceLater();
  }
}
