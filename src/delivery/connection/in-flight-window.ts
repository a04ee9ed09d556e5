import type { WrittenBatch } from '../outbound/broadcast-batch.js';
import type { Rows } from '../recording/global-row-recorder.js';

export interface InFlightLimits {
  maxUnconfirmedMessages: number;
  maxUnconfirmedBytes: number;
}

/** Counts what all connections of the node have not confirmed, for the metrics. */
export interface Unconfirmed {
  messages: number;
  bytes: number;
}

/**
 * Stands for a message that was sent, without its text: a full window would take twice its bytes in this
 * process.
 */
export interface Sent {
  /** The id that the client was told: a global message's own. */
  readonly id: string;
  /** Id of its row. Null for a global message whose row this node has yet to make. */
  readonly rowId: string | null;
  /** Bytes of its frame. */
  readonly bytes: number;
  /** When its frame was written, by the node's clock. */
  readonly at: number;
}

/**
 * Stands for a batch that was sent and for the rows to be made of it: one object, since each connection has
 * one.
 */
export interface SentBatch extends Rows {
  readonly batch: WrittenBatch;
}

/** Sorts batches by what an ack does to them. */
interface AckedBatches {
  /** Batches of which all messages were confirmed. */
  readonly whole: readonly SentBatch[];
  /** Batches of which some messages were. */
  readonly parted: readonly SentBatch[];
}

const NOTHING: readonly never[] = [];
const NO_BATCHES: AckedBatches = { whole: NOTHING, parted: NOTHING };

/**
 * Holds what was sent on one connection and is not confirmed: messages by id, in the order sent, and batches
 * of broadcasts. Bounded, so the rest waits in the database. See docs/design/receipts.md.
 */
export class InFlightWindow {
  /**
   * Null while nothing is unconfirmed, as on most connections most of the time. Taking the last one out of a
   * map would make a new table for it, which the one before refers to: once one of them is old, all after it
   * grow old.
   */
  #sent: Map<string, Sent> | null = null;
  /**
   * The batch that was sent first: nearly always the only one, and a list for each connection would be
   * garbage.
   */
  #batch: SentBatch | null = null;
  #laterBatches: SentBatch[] | null = null;
  #size = 0;
  #bytes = 0;
  // How many, from the oldest, the outstanding ping confirms: messages apart, and batches.
  #covered = 0;
  #coveredBatches = 0;

  constructor(
    private readonly limits: InFlightLimits,
    private readonly total: Unconfirmed,
  ) {}

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts the messages that were sent apart from batches. */
  get apart(): number {
    return this.#sent?.size ?? 0;
  }

  get batchCount(): number {
    return (this.#batch === null ? 0 : 1) + (this.#laterBatches?.length ?? 0);
  }

  /** Lists batches in the order sent. */
  get batches(): readonly SentBatch[] {
    return this.#batch === null ? NOTHING : [this.#batch, ...(this.#laterBatches ?? NOTHING)];
  }

  /** The batch, if it is all that is unconfirmed; else null. */
  get onlyBatch(): SentBatch | null {
    return this.#laterBatches === null && this.apart === 0 ? this.#batch : null;
  }

  /** Whether it was sent apart from batches. */
  has(id: string): boolean {
    return this.#sent?.has(id) === true;
  }

  /** Returns when its frame was written, by the node's clock; null if it owes no receipt. */
  writtenAt(id: string): number | null {
    const sent = this.#sent?.get(id);
    return sent?.at ?? this.batches.find(({ batch }) => batch.ids.includes(id))?.batch.at ?? null;
  }

  hasInBatches(id: string): boolean {
    return this.batches.some(({ batch }) => batch.ids.includes(id));
  }

  /** Lists what was sent apart from batches. */
  entries(): Iterable<Sent> {
    return this.#sent?.values() ?? NOTHING;
  }

  /**
   * Whether there is room. A message that is bigger than all the room there is may go if nothing is
   * unconfirmed.
   */
  fits(bytes: number): boolean {
    return this.#size === 0 || this.fitsAll(1, bytes);
  }

  fitsAll(count: number, bytes: number): boolean {
    return this.#size + count <= this.limits.maxUnconfirmedMessages && this.#bytes + bytes <= this.limits.maxUnconfirmedBytes;
  }

  /** Whether half of it is free, so that going on is worth a look into the database. */
  get roomy(): boolean {
    return this.#size <= this.limits.maxUnconfirmedMessages / 2 && this.#bytes <= this.limits.maxUnconfirmedBytes / 2;
  }

  get full(): boolean {
    return this.#size >= this.limits.maxUnconfirmedMessages || this.#bytes >= this.limits.maxUnconfirmedBytes;
  }

  add(sent: Sent): void {
    this.#sent ??= new Map();
    this.#sent.set(sent.id, sent);
    this.#count(1, sent.bytes);
  }

  addBatch(sent: SentBatch): void {
    if (this.#batch === null) this.#batch = sent;
    else if (this.#laterBatches === null) this.#laterBatches = [sent];
    else this.#laterBatches.push(sent);
    this.#count(sent.ids.length, sent.batch.bytes);
  }

  /** Removes what was sent under this id, apart from batches. */
  take(id: string): Sent | null {
    const sent = this.#sent?.get(id);
    if (sent === undefined) return null;
    if (this.#sent?.size === 1) this.#sent = null;
    else this.#sent?.delete(id);
    this.#count(-1, -sent.bytes);
    return sent;
  }

  /** Removes the `count` that were sent first, apart from batches. */
  takeFirst(count: number): readonly Sent[] {
    if (this.#sent === null || count === 0) return NOTHING;
    const taken: Sent[] = [];
    for (const sent of this.#sent.values()) {
      if (taken.length === count) break;
      this.#count(-1, -sent.bytes);
      taken.push(sent);
    }
    if (taken.length === this.#sent.size) this.#sent = null;
    else for (const { id } of taken) this.#sent.delete(id);
    return taken;
  }

  /** Has the ping that is about to be written confirm everything that was sent. */
  cover(): void {
    this.#covered = this.apart;
    this.#coveredBatches = this.batchCount;
  }

  /** Removes what the outstanding ping covers, apart from batches. */
  takeCovered(): readonly Sent[] {
    const taken = this.takeFirst(this.#covered);
    this.#covered = 0;
    return taken;
  }

  /** Removes the first of the batches that the outstanding ping covers. Null once there are none. */
  takeCoveredBatch(): SentBatch | null {
    if (this.#coveredBatches === 0) return null;
    const sent = this.takeBatch();
    this.#coveredBatches = sent === null ? 0 : this.#coveredBatches - 1;
    return sent;
  }

  /** Removes the batch that was sent first. */
  takeBatch(): SentBatch | null {
    const sent = this.#batch;
    if (sent === null) return null;
    this.#batch = this.#laterBatches?.shift() ?? null;
    if (this.#laterBatches?.length === 0) this.#laterBatches = null;
    this.#count(-sent.batch.ids.length, -sent.batch.bytes);
    return sent;
  }

  /** Removes the batches that these messages are all of, and takes those apart that they are some of. */
  takeAcked(ids: readonly string[]): AckedBatches {
    const { onlyBatch } = this;
    // Nearly every ack is of the one message that is unconfirmed.
    if (onlyBatch !== null && ids.length === 1 && onlyBatch.batch.ids.length === 1) {
      if (onlyBatch.batch.ids[0] !== ids[0]) return NO_BATCHES;
      this.takeBatch();
      return { whole: [onlyBatch], parted: NOTHING };
    }
    const { whole, parted, rest } = sortByAcked(this.batches, new Set(ids));
    this.#batch = rest.shift() ?? null;
    this.#laterBatches = rest.length > 0 ? rest : null;
    for (const { batch } of [...whole, ...parted]) this.#count(-batch.ids.length, -batch.bytes);
    for (const { batch } of parted) {
      const bytes = Math.round(batch.bytes / batch.ids.length);
      for (const id of batch.ids) this.add({ id, rowId: null, bytes, at: batch.at });
    }
    return { whole, parted };
  }

  #count(messages: number, bytes: number): void {
    this.#size += messages;
    this.#bytes += bytes;
    this.total.messages += messages;
    this.total.bytes += bytes;
  }
}

/** Sorts batches by how many of their messages were acked: all, some or none. */
function sortByAcked(batches: Iterable<SentBatch>, acked: ReadonlySet<string>) {
  const whole: SentBatch[] = [];
  const parted: SentBatch[] = [];
  const rest: SentBatch[] = [];
  for (const sent of batches) {
    const { ids } = sent.batch;
    const among = ids.filter((id) => acked.has(id)).length;
    if (among === 0) rest.push(sent);
    else if (among === ids.length) whole.push(sent);
    else parted.push(sent);
  }
  return { whole, parted, rest };
}
