import type { AckFrame } from '../../protocol/frames.js';
import type { Mode } from '../../protocol/subprotocols.js';
import { type Outgoing, PING_BYTES } from './frame-encoder.js';

/**
 * Stands for a batch whose frames were written, without its texts: it is kept until receipts have come and
 * rows are made.
 */
export interface WrittenBatch {
  /** Ids of the global messages. */
  readonly ids: readonly string[];
  /** The shortest frame that acknowledges it, if it has one message; else null. */
  readonly ack: string | null;
  /** Bytes of its frames. */
  readonly bytes: number;
  // Numbers of the first broadcast that it covers, and of the first after it. Those that it covers and lacks
  // are for others.
  readonly from: number;
  readonly until: number;
  /** When it was made, to be written at once, by the node's clock. */
  readonly at: number;
}

/**
 * Offers broadcasts that follow each other together: one object, one buffer of frames and one list of ids for
 * all connections that get the same. A burst costs each of them one step and one write. See
 * docs/design/broadcasts.md.
 */
export class BroadcastBatch {
  readonly written: WrittenBatch;
  readonly bytes: number;
  /** The earliest expiry, by the database's clock; null if none of them expires. */
  readonly expiry: number | null;
  #frames: readonly [Buffer] | null = null;
  #pinged: readonly [Buffer] | null = null;

  constructor(
    readonly items: readonly Outgoing[],
    private readonly mode: Mode,
    from: number,
    until: number,
    at: number,
  ) {
    const ids = items.map(({ encoded }) => encoded.message.id);
    this.bytes = items.reduce((sum, { encoded }) => sum + encoded.frame(mode).length, 0);
    const ack: AckFrame | null = ids.length === 1 ? { type: 'ack', ids } : null;
    this.written = { ids, ack: ack && JSON.stringify(ack), bytes: this.bytes, from, until, at };
    this.expiry = items.reduce<number | null>((least, { encoded: { message } }) => earlier(least, message.expiresAt), null);
  }

  /** The frames, as one buffer. */
  get frames(): readonly [Buffer] {
    this.#frames ??= [this.items.length === 1 ? (this.items[0] as Outgoing).encoded.frame(this.mode) : this.#join()];
    return this.#frames;
  }

  /**
   * The frames of a plain batch with room for a ping behind them, for one write after the other: a buffer for
   * each connection would be most of a broadcast's garbage. A write that is still under way keeps it; see
   * {@link leavePinged}.
   */
  get pinged(): readonly [Buffer] {
    if (this.#pinged === null) {
      const buffer = Buffer.allocUnsafe(this.bytes + PING_BYTES);
      this.frames[0].copy(buffer);
      this.#pinged = [buffer];
    }
    return this.#pinged;
  }

  /** Leaves `pinged` to its last write, which is still under way: the next one gets another. */
  leavePinged(): void {
    this.#pinged = null;
  }

  #join(): Buffer {
    return Buffer.concat(
      this.items.map(({ encoded }) => encoded.frame(this.mode)),
      this.bytes,
    );
  }
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
