import type { Outgoing } from './encode.js';

export interface WindowLimits {
  maxUnconfirmedMessages: number;
  maxUnconfirmedBytes: number;
}

/** What all connections of the node have not confirmed, for the metrics. */
export interface Unconfirmed {
  messages: number;
  bytes: number;
}

export interface Sent {
  readonly outgoing: Outgoing;
  readonly bytes: number;
  /** When its frame was written, by the node's clock. */
  readonly at: number;
}

/** What was sent on one connection and is not confirmed, in the order sent. Bounded, so the rest waits in the database. */
export class Window {
  /** Null while nothing is unconfirmed, which is what most connections are most of the time. */
  #sent: Map<string, Sent> | null = null;
  #bytes = 0;

  constructor(
    private readonly limits: WindowLimits,
    private readonly total: Unconfirmed,
  ) {}

  get size(): number {
    return this.#sent?.size ?? 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: string): boolean {
    return this.#sent?.has(id) === true;
  }

  entries(): Iterable<Sent> {
    return this.#sent?.values() ?? [];
  }

  /** A message that is bigger than all the room there is may go if nothing is unconfirmed. */
  fits(bytes: number): boolean {
    if (this.size === 0) return true;
    return this.size < this.limits.maxUnconfirmedMessages && this.#bytes + bytes <= this.limits.maxUnconfirmedBytes;
  }

  /** Half of it is free, so that going on is worth a look into the database. */
  get roomy(): boolean {
    return this.size <= this.limits.maxUnconfirmedMessages / 2 && this.#bytes <= this.limits.maxUnconfirmedBytes / 2;
  }

  get full(): boolean {
    return this.size >= this.limits.maxUnconfirmedMessages || this.#bytes >= this.limits.maxUnconfirmedBytes;
  }

  add(id: string, sent: Sent): void {
    this.#sent ??= new Map();
    this.#sent.set(id, sent);
    this.#bytes += sent.bytes;
    this.total.messages++;
    this.total.bytes += sent.bytes;
  }

  /** Removes what was sent under this id. */
  take(id: string): Sent | null {
    const sent = this.#sent?.get(id);
    if (sent === undefined) return null;
    this.#sent?.delete(id);
    this.#forget(sent);
    return sent;
  }

  /** Removes the `count` that were sent first. */
  takeFirst(count: number): Sent[] {
    const taken: Sent[] = [];
    for (const [id, sent] of this.#sent ?? []) {
      if (taken.length === count) break;
      this.#sent?.delete(id);
      this.#forget(sent);
      taken.push(sent);
    }
    return taken;
  }

  /** Gives back the memory that an empty window takes. */
  relax(): void {
    if (this.size === 0) this.#sent = null;
  }

  #forget(sent: Sent): void {
    this.#bytes -= sent.bytes;
    this.total.messages--;
    this.total.bytes -= sent.bytes;
  }
}
