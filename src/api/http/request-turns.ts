import { OncePerTurn } from '../../lib/once-per-turn.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';
import { RequestPace } from './request-pace.js';

/** Begins this many requests in one turn of the event loop, at most. */
const MOST_PER_TURN = 16;
/** Begins this many while one tenant alone asks: what comes at once is then stored at once, in one commit. */
const MOST_ALONE = 128;
/** Takes a tenant to be alone if no other has asked for this long, in milliseconds. */
const ALONE_MS = 1_000;
/** Lets the next turn begin half as many once a turn has taken this long, in milliseconds. */
const LONG_TURN_MS = 8;

/** Lets a tenant that is paced begin at once what it might have begun in this time, in milliseconds. */
const BURST_MS = 4;
/**
 * Spaces the requests of a tenant by no more than this, in milliseconds, or than one of them takes: it keeps what
 * one caller would have, whoever else makes the machine busy.
 */
const WIDEST_MS = 1;
/** Is the part that one request has in the mean of how long they take. */
const WEIGHT = 0.1;

/** Remembers this many tenants, at most; more where more have requests. */
const MOST_REMEMBERED = 10_000;

/** Holds what a tenant has on this node. */
interface Present {
  /** Requests that wait or are under way. */
  requests: number;
  waiting: Array<() => void>;
  /** When its next request may begin while it is paced. */
  nextAt: number;
  /** How long its requests take, from their begin, in milliseconds. */
  meanMs: number;
}

/**
 * Lets requests begin in turns by tenant. What arrived in one read from the network is begun at once up to a
 * bound; what is more waits, so that a tenant with hundreds of callers does not make the others wait for all
 * of them. Where requests are dear, fewer begin in a turn; where nobody else asks, more. While the node is
 * busy, the requests of a tenant that has more than its share are spaced. See docs/design/fair-shares.md.
 */
export class RequestTurns {
  #present = new Map<string, Present>();
  /** Tenants with requests. */
  #active = 0;
  // In the order of turns: the first tenant is next.
  #waiting = new Map<string, Present>();
  #requests = 0;
  #perTurn = MOST_PER_TURN;
  #left = MOST_PER_TURN;
  /** The tenant that asked last, and when another one asked before it. */
  #last = '';
  #changedAt = Number.NEGATIVE_INFINITY;
  #queued = false;
  /** When the first request of this turn came, and how many began at once since then. */
  #firstAt = 0;
  #begun = 0;
  /** When the turn before began; 0 if nothing waited then. */
  #began = 0;
  readonly #turns = new OncePerTurn(() => this.#begin());
  #wake: (() => void) | null = null;

  constructor(
    private readonly timers: Timers = systemTimers,
    private readonly pace: Pick<RequestPace, 'spacingMs' | 'watch'> = new RequestPace(timers),
  ) {}

  /** Resolves when the request's turn has come; null where it may begin at once. Each is to `leave` at its end. */
  enter(tenantId: string): Promise<void> | null {
    if (!this.#turns.asked) {
      this.#firstAt = this.timers.now();
      this.#begun = 0;
    }
    this.#turns.ask();
    if (tenantId !== this.#last) this.#change(tenantId);
    const present = this.#count(tenantId);
    if (this.#left > 0 && this.#isNext(present) && !this.#isLong()) {
      this.#left--;
      this.#begun++;
      return null;
    }
    return new Promise((resolve) => {
      present.waiting.push(resolve);
      this.#queued = true;
      this.#waiting.set(tenantId, present);
    });
  }

  /**
   * Ends a request that entered.
   * @param tookMs how long it took since its turn had come, in milliseconds
   */
  leave(tenantId: string, tookMs: number): void {
    const present = this.#present.get(tenantId);
    if (present === undefined) return;
    this.#requests--;
    if (--present.requests === 0) this.#active--;
    present.meanMs += WEIGHT * (tookMs - present.meanMs);
  }

  /** True once those that began in this turn have taken long: the next turns begin no more than they were. */
  #isLong(): boolean {
    if (this.#left > MOST_PER_TURN || this.timers.now() - this.#firstAt <= LONG_TURN_MS) return false;
    this.#perTurn = Math.min(this.#perTurn, Math.max(1, this.#begun));
    this.#left = 0;
    return true;
  }

  #count(tenantId: string): Present {
    let present = this.#present.get(tenantId);
    if (present === undefined) {
      if (this.#present.size >= MOST_REMEMBERED) this.#forgetAbsent();
      present = { requests: 0, waiting: [], nextAt: 0, meanMs: 0 };
      this.#present.set(tenantId, present);
    }
    if (present.requests++ === 0) this.#active++;
    this.#requests++;
    return present;
  }

  #forgetAbsent(): void {
    this.#present = new Map([...this.#present].filter(([, { requests }]) => requests > 0));
  }

  #isNext(present: Present): boolean {
    if (this.pace.spacingMs === 0) return this.#waiting.size === 0;
    if (this.#hasMuch(present)) return this.#waiting.size === 0 && this.#mayBegin(present, this.timers.now());
    // Those who wait are mostly paced.
    return true;
  }

  /** True for a tenant with more than its share of the requests on this node. */
  #hasMuch({ requests }: Present): boolean {
    return requests > 1 && requests * Math.max(2, this.#active) > this.#requests;
  }

  /**
   * Counts a request that is to begin, unless its tenant is paced and the time for it has not come (the generic
   * cell rate algorithm of ITU-T I.371).
   */
  #mayBegin(present: Present, now: number): boolean {
    if (this.pace.spacingMs === 0 || !this.#hasMuch(present)) return true;
    if (present.nextAt > now) return false;
    const spacingMs = Math.min(this.pace.spacingMs, Math.max(WIDEST_MS, present.meanMs));
    present.nextAt = Math.max(present.nextAt, now - BURST_MS) + spacingMs;
    return true;
  }

  #change(tenantId: string): void {
    if (this.#last !== '') this.pace.watch();
    this.#last = tenantId;
    this.#changedAt = this.timers.now();
    this.#left = Math.min(this.#left, this.#perTurn);
  }

  #begin(): void {
    this.#wake?.();
    this.#wake = null;
    const now = this.timers.now();
    const quiet = now - this.#changedAt > ALONE_MS;
    this.#adapt(now);
    this.#left = quiet && this.#perTurn === MOST_PER_TURN ? MOST_ALONE : this.#perTurn;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const [tenantId, present] of this.#waiting) {
      if (this.#left === 0) break;
      if (!this.#mayBegin(present, now)) {
        nextAt = Math.min(nextAt, present.nextAt);
        continue;
      }
      this.#left--;
      const next = present.waiting.shift();
      // To the end of the turns: a Map's iteration reaches what is added meanwhile.
      this.#waiting.delete(tenantId);
      if (present.waiting.length > 0) this.#waiting.set(tenantId, present);
      next?.();
    }
    if (this.#waiting.size === 0) {
      if (this.#queued) this.#rest();
    } else if (this.#left === 0) this.#turns.ask();
    else {
      // A turn that waits for a paced request is not a long one.
      this.#began = 0;
      this.#wake = this.timers.after(Math.max(1, nextAt - now), () => this.#turns.ask());
    }
  }

  #adapt(now: number): void {
    if (this.#waiting.size === 0) return;
    const isLong = this.#began !== 0 && now - this.#began > LONG_TURN_MS;
    this.#perTurn = isLong ? Math.max(1, this.#perTurn >> 1) : Math.min(MOST_PER_TURN, this.#perTurn + 1);
    this.#began = now;
  }

  #rest(): void {
    this.#queued = false;
    this.#began = 0;
    this.#perTurn = MOST_PER_TURN;
    this.#left = MOST_PER_TURN;
    // A map from which an entry was deleted keeps former tables alive (see FairQueue).
    this.#waiting = new Map();
  }
}
