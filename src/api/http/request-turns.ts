import { OncePerTurn } from '../../lib/once-per-turn.js';

/** Begins this many requests in one turn of the event loop, at most. */
const MOST_PER_TURN = 16;
/** Begins this many while one tenant alone asks: what comes at once is then stored at once, in one commit. */
const MOST_ALONE = 128;
/** Takes a tenant to be alone if no other has asked for this long, in milliseconds. */
const ALONE_MS = 1_000;
/** Lets the next turn begin half as many once a turn has taken this long, in milliseconds. */
const LONG_TURN_MS = 8;

/**
 * Lets requests begin in turns by tenant. What arrived in one read from the network is begun at once up to a
 * bound; what is more waits, so that a tenant with hundreds of callers does not make the others wait for all
 * of them. Where requests are dear, fewer begin in a turn; where nobody else asks, more.
 */
export class RequestTurns {
  // In the order of turns: the first tenant is next.
  #waiting = new Map<string, Array<() => void>>();
  #perTurn = MOST_PER_TURN;
  #left = MOST_PER_TURN;
  /** The tenant that asked last, and when another one asked before it. */
  #last = '';
  #changedAt = Number.NEGATIVE_INFINITY;
  /** When the turn before began; 0 if nothing waited then. */
  #began = 0;
  readonly #turns = new OncePerTurn(() => this.#begin());

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Resolves when the request's turn has come; null where it may begin at once. */
  enter(tenantId: string): Promise<void> | null {
    this.#turns.ask();
    if (tenantId !== this.#last) this.#change(tenantId);
    if (this.#left > 0 && this.#waiting.size === 0) {
      this.#left--;
      return null;
    }
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(tenantId);
      if (waiting) waiting.push(resolve);
      else this.#waiting.set(tenantId, [resolve]);
    });
  }

  #change(tenantId: string): void {
    this.#last = tenantId;
    this.#changedAt = this.now();
    this.#left = Math.min(this.#left, this.#perTurn);
  }

  #begin(): void {
    this.#adapt();
    this.#left = this.#isAlone ? MOST_ALONE : this.#perTurn;
    for (const [tenantId, waiting] of this.#waiting) {
      if (this.#left === 0) break;
      this.#left--;
      const next = waiting.shift();
      // To the end of the turns: a Map's iteration reaches what is added meanwhile.
      this.#waiting.delete(tenantId);
      if (waiting.length > 0) this.#waiting.set(tenantId, waiting);
      next?.();
    }
    if (this.#waiting.size > 0) this.#turns.ask();
    else if (this.#began !== 0) this.#rest();
  }

  get #isAlone(): boolean {
    return this.#perTurn === MOST_PER_TURN && this.now() - this.#changedAt > ALONE_MS;
  }

  #adapt(): void {
    if (this.#waiting.size === 0) return;
    const now = this.now();
    const isLong = this.#began !== 0 && now - this.#began > LONG_TURN_MS;
    this.#perTurn = isLong ? Math.max(1, this.#perTurn >> 1) : Math.min(MOST_PER_TURN, this.#perTurn + 1);
    this.#began = now;
  }

  #rest(): void {
    this.#began = 0;
    this.#perTurn = MOST_PER_TURN;
    this.#left = MOST_PER_TURN;
    // A map from which an entry was deleted keeps former tables alive (see FairQueue).
    this.#waiting = new Map();
  }
}
