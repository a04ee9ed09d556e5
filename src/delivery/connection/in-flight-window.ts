import type { WrittenRun } from '../outbound/broadcast-batch.js';
import type { Rows } from '../recording/global-row-recorder.js';

export interface WindowLimits {
  maxUnconfirmedMessages: number;
  maxUnconfirmedBytes: number;
}

/** What all connections of the node have not confirmed, for the metrics. */
export interface Unconfirmed {
  messages: number;
  bytes: number;
}

/** What is known of a message once its frame was written. Not its text: a full window would take twice its bytes in this process. */
export interface Sent {
  /** As the client was told: of a global message its own. */
  readonly id: string;
  /** Id of its row; null for a global message whose row this node has yet to make. */
  readonly rowId: string | null;
  /** Of its frame. */
  readonly bytes: number;
  /** When its frame was written, by the node's clock. */
  readonly at: number;
}

/** A run of broadcasts that was written, and with it the rows that are to be made: one object, since there is one for each connection. */
export interface SentRun extends Rows {
  readonly run: WrittenRun;
}

/** What an ack does to runs. */
export interface AckedRuns {
  /** All of their messages were confirmed. */
  readonly whole: readonly SentRun[];
  /** Some of their messages were. */
  readonly parted: readonly SentRun[];
}

const NOTHING: readonly never[] = [];
const NO_RUNS: AckedRuns = { whole: NOTHING, parted: NOTHING };

/**
 * What was sent on one connection and is not confirmed: messages by id, in the order sent, and runs of broadcasts. Bounded, so the rest
 * waits in the database.
 */
export class Window {
  /**
   * Null while nothing is unconfirmed, which is what most connections are most of the time. Taking the last one out of a map would make a
   * new table for it, which the one before refers to: once one of them is old, all after it grow old.
   */
  #sent: Map<string, Sent> | null = null;
  /** The run that was sent first: nearly always the only one, and a list for each connection is garbage of a broadcast. */
  #run: SentRun | null = null;
  #laterRuns: SentRun[] | null = null;
  #size = 0;
  #bytes = 0;

  constructor(
    private readonly limits: WindowLimits,
    private readonly total: Unconfirmed,
  ) {}

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that were sent apart from runs. */
  get apart(): number {
    return this.#sent?.size ?? 0;
  }

  get runCount(): number {
    return (this.#run === null ? 0 : 1) + (this.#laterRuns?.length ?? 0);
  }

  /** In the order sent. */
  get runs(): readonly SentRun[] {
    return this.#run === null ? NOTHING : [this.#run, ...(this.#laterRuns ?? NOTHING)];
  }

  /** The run that is all that is unconfirmed. */
  get onlyRun(): SentRun | null {
    return this.#laterRuns === null && this.apart === 0 ? this.#run : null;
  }

  /** Whether it was sent apart from runs. */
  has(id: string): boolean {
    return this.#sent?.has(id) === true;
  }

  hasInRuns(id: string): boolean {
    return this.runs.some(({ run }) => run.ids.includes(id));
  }

  /** What was sent apart from runs. */
  entries(): Iterable<Sent> {
    return this.#sent?.values() ?? NOTHING;
  }

  /** A message that is bigger than all the room there is may go if nothing is unconfirmed. */
  fits(bytes: number): boolean {
    return this.#size === 0 || this.fitsAll(1, bytes);
  }

  fitsAll(count: number, bytes: number): boolean {
    return this.#size + count <= this.limits.maxUnconfirmedMessages && this.#bytes + bytes <= this.limits.maxUnconfirmedBytes;
  }

  /** Half of it is free, so that going on is worth a look into the database. */
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

  addRun(sent: SentRun): void {
    if (this.#run === null) this.#run = sent;
    else if (this.#laterRuns === null) this.#laterRuns = [sent];
    else this.#laterRuns.push(sent);
    this.#count(sent.ids.length, sent.run.bytes);
  }

  /** Removes what was sent under this id, apart from runs. */
  take(id: string): Sent | null {
    const sent = this.#sent?.get(id);
    if (sent === undefined) return null;
    if (this.#sent?.size === 1) this.#sent = null;
    else this.#sent?.delete(id);
    this.#count(-1, -sent.bytes);
    return sent;
  }

  /** Removes the `count` that were sent first, apart from runs. */
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

  /** Removes the run that was sent first. */
  takeRun(): SentRun | null {
    const sent = this.#run;
    if (sent === null) return null;
    this.#run = this.#laterRuns?.shift() ?? null;
    if (this.#laterRuns?.length === 0) this.#laterRuns = null;
    this.#count(-sent.run.ids.length, -sent.run.bytes);
    return sent;
  }

  /** Removes the runs that these messages are all of, and takes those apart that they are some of. */
  takeAcked(ids: readonly string[]): AckedRuns {
    const { onlyRun } = this;
    // What nearly every ack is: of the one message that is unconfirmed.
    if (onlyRun !== null && ids.length === 1 && onlyRun.run.ids.length === 1) {
      if (onlyRun.run.ids[0] !== ids[0]) return NO_RUNS;
      this.takeRun();
      return { whole: [onlyRun], parted: NOTHING };
    }
    const acked = new Set(ids);
    const whole: SentRun[] = [];
    const parted: SentRun[] = [];
    const rest: SentRun[] = [];
    for (const sent of this.runs) {
      const { run } = sent;
      const among = run.ids.filter((id) => acked.has(id)).length;
      (among === 0 ? rest : among === run.ids.length ? whole : parted).push(sent);
    }
    this.#run = rest.shift() ?? null;
    this.#laterRuns = rest.length > 0 ? rest : null;
    for (const { run } of [...whole, ...parted]) this.#count(-run.ids.length, -run.bytes);
    for (const { run } of parted) {
      const bytes = Math.round(run.bytes / run.ids.length);
      for (const id of run.ids) this.add({ id, rowId: null, bytes, at: run.at });
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
