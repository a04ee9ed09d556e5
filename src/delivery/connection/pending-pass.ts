import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore, PendingPage } from '../../core/ports/stores/delivery-store.js';
import { type Outgoing, outgoing } from '../outbound/frame-encoder.js';
import type { InFlightLimits } from './in-flight-window.js';

/** Answers what is pending for a recipient. */
export type PendingSource = Pick<DeliveryStore, 'pending' | 'unsentGlobals'>;

/** Reads at most so much text for a connection at once: as many drains as go on together hold that much. */
export const PAGE_BYTES = 256 * 1024;
/**
 * Uses no page that was read longer ago, in milliseconds: what came of its messages since is remembered for twice as long at
 * least, by connections and by the recorder of receipts.
 */
export const PAGE_AGE_MS = 1_000;
/** Reads at most so many messages for a connection at once. */
const PAGE_MESSAGES = 1000;
const NONE: readonly never[] = [];

/**
 * Knows how far one connection has come through what is pending, page by page in the order of ids, and which
 * global messages have their places among the rows. Where the connection falls behind, it stays, so that the
 * next pass goes on there. See docs/design/draining.md.
 */
export class PendingPass {
  /** Id of the last row that was dealt with; null at the start. */
  #cursor: string | null = null;
  /** Global messages that run now and have no row for this recipient, oldest first. */
  #unsent: readonly Outgoing[] = NONE;
  /**
   * Whether the connection fell behind before it had them all: since then they may have been recalled, or got
   * by another connection.
   */
  #unsentAreOld = false;

  constructor(
    private readonly claims: RecipientClaims,
    private readonly limits: InFlightLimits,
  ) {}

  get isAtStart(): boolean {
    return this.#cursor === null;
  }

  /** The oldest global message that has not been dealt with. */
  get firstUnsent(): Outgoing | undefined {
    return this.#unsent[0];
  }

  takeUnsent(globals: readonly OutgoingMessage[]): void {
    this.#unsent = globals.map(outgoing);
    this.#unsentAreOld = false;
  }

  /** Notes that the oldest global message was dealt with. */
  shiftUnsent(): void {
    this.#unsent = this.#unsent.slice(1);
  }

  /** Whether the global messages have to be asked for again. */
  get isOutdated(): boolean {
    return this.#unsentAreOld;
  }

  /** Asks for the global messages again. */
  async renewUnsent(source: PendingSource): Promise<void> {
    const { tenantId, recipient, topic } = this.claims;
    this.takeUnsent(await source.unsentGlobals(tenantId, recipient, topic));
  }

  /**
   * Reads a page, no more than the window has room for. What was sent and is not confirmed is still pending,
   * so a page from the start has it, too.
   */
  readPage(source: PendingSource, unconfirmed: { size: number; bytes: number }): Promise<PendingPage> {
    const { tenantId, recipient, topic } = this.claims;
    const { maxUnconfirmedMessages, maxUnconfirmedBytes } = this.limits;
    const after = this.#cursor;
    const sent = after === null ? 0 : unconfirmed.size;
    const sentBytes = after === null ? 0 : unconfirmed.bytes;
    const limit = Math.min(PAGE_MESSAGES, maxUnconfirmedMessages - sent);
    const maxBytes = Math.max(1, Math.min(PAGE_BYTES, maxUnconfirmedBytes - sentBytes));
    return source.pending({ tenantId, recipient, topic, after, limit, maxBytes });
  }

  /** Notes that a row was dealt with, and all before it. */
  advance(rowId: string): void {
    this.#cursor = rowId;
  }

  restart(): void {
    this.#cursor = null;
  }

  /** Restarts if the row became visible behind the place: what was pushed after it must come after it. */
  restartIfBehind(rowId: string): void {
    if (this.#cursor !== null && rowId < this.#cursor) this.#cursor = null;
  }

  /** Notes that the connection falls behind. */
  interrupt(): void {
    this.#unsentAreOld = this.#unsent.length > 0;
  }
}
