import { CooperativeLoop } from '../../lib/cooperative-loop.js';
import type { Timers } from '../../lib/time/timers.js';

/** Keeps the event loop for at most so many milliseconds before other work gets its turn. */
const TURN_MS = 5;
/** Flushes this many connections of a tenant before it is another one's turn. */
const IN_A_ROW = 16;
/**
 * Keeps the lanes of at most this many tenants that have nothing to flush: making them anew costs garbage.
 */
const MAX_LANES = 1_000;

/** Gathers what it writes until it is told to write it. */
export interface Flushable {
  flush(): void;
}

/** Holds a tenant's connections that are to be flushed, from `next` on. */
interface Lane {
  readonly tenantId: string;
  waiting: Flushable[];
  next: number;
}

/**
 * Writes what a turn of the event loop gathered: once for each connection, however many frames it has.
 * Tenants take turns: one that writes to all its connections does not keep those of others waiting.
 */
export class FlushScheduler {
  #lanes = new Map<string, Lane>();
  /** Lanes with connections that wait, in the order of turns. */
  #active: Lane[] = [];
  #latest: Lane = { tenantId: '', waiting: [], next: 0 };
  readonly #loop: CooperativeLoop;

  constructor(private readonly timers: Pick<Timers, 'now'>) {
    this.#loop = new CooperativeLoop(
      (until) => this.#flush(until),
      TURN_MS,
      () => timers.now(),
    );
  }

  /** Flushes it in the next turn of the event loop. Whoever is added twice is flushed twice. */
  add(connection: Flushable, tenantId: string): void {
    // Most are of the tenant of the one before.
    if (this.#latest.tenantId !== tenantId) this.#latest = this.#laneOf(tenantId);
    const lane = this.#latest;
    if (lane.waiting.length === 0) this.#active.push(lane);
    lane.waiting.push(connection);
    this.#loop.wake();
  }

  #laneOf(tenantId: string): Lane {
    const known = this.#lanes.get(tenantId);
    if (known !== undefined) return known;
    if (this.#lanes.size >= MAX_LANES) this.#lanes = new Map(this.#active.map((lane) => [lane.tenantId, lane]));
    const lane = { tenantId, waiting: [], next: 0 };
    this.#lanes.set(tenantId, lane);
    return lane;
  }

  #flush(until: number): boolean {
    let turn = 0;
    let inTime = true;
    // What is flushed may add to the end.
    while (inTime && turn < this.#active.length) {
      const lane = this.#active[turn++] as Lane;
      inTime = this.#flushSome(lane, until);
      if (lane.next < lane.waiting.length) {
        this.#active.push(lane);
      } else {
        lane.waiting = [];
        lane.next = 0;
      }
    }
    this.#active = this.#active.slice(turn);
    return this.#active.length === 0;
  }

  /** Returns false once the time is over. */
  #flushSome(lane: Lane, until: number): boolean {
    for (let count = 0; count < IN_A_ROW && lane.next < lane.waiting.length; count++) {
      lane.waiting[lane.next++]?.flush();
      if (this.timers.now() >= until) return false;
    }
    return true;
  }
}
