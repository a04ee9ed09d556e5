import { OncePerTurn } from './once-per-turn.js';
import { systemTimers } from './time/timers.js';

/** Lets work take this long in one turn of the event loop unless it is told otherwise, in milliseconds. */
const TURN_MS = 5;
/** Gives an owner this much of the time when its turn comes, in milliseconds. */
const QUANTUM_MS = 1;

interface Piece {
  run(): void;
  /** False for a promise: the work is what follows when it resolves. */
  readonly isWhole: boolean;
}

interface Owner {
  /** Holds the pieces that wait, from `next` on. */
  pieces: Piece[];
  next: number;
  /** Milliseconds that it may still take; below zero, what it took too much. */
  credit: number;
}

/**
 * Lets work run in turns of the event loop, each turn a few milliseconds of it. Owners take turns by the time
 * that their work takes (deficit round robin): one with a thousand pieces does not keep others waiting, and
 * neither does one with long pieces.
 */
export class FairTurns {
  // In the order of turns: the first owner is next.
  readonly #owners = new Map<string, Owner>();
  #waiting = 0;
  /** The turn of the event loop has had work since this time; null: it has had none. */
  #turnBegan: number | null = null;
  #pieceBegan = 0;
  readonly #turns = new OncePerTurn(() => {
    this.#turnBegan = null;
    if (this.#waiting > 0) this.#runNext();
  });

  /**
   * @param now returns milliseconds of a clock that only grows. Default: the system's
   * @param turnMs bounds what the work takes of one turn of the event loop, in milliseconds
   */
  constructor(
    private readonly now: () => number = systemTimers.now,
    private readonly turnMs = TURN_MS,
  ) {}

  /** Number of pieces that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Runs the work in a turn to come, after what the owner has asked for before. It must not throw. */
  ask(owner: string, work: () => void): void {
    this.#add(owner, { run: work, isWhole: true });
  }

  /** Resolves when the owner's turn has come. What follows at once is its piece of work. */
  next(owner: string): Promise<void> {
    return new Promise((resolve) => this.#add(owner, { run: resolve, isWhole: false }));
  }

  /**
   * Lets work begin at once where nobody waits and this turn of the event loop has had little: returns null
   * then. Else like `next`.
   */
  enter(owner: string): Promise<void> | null {
    return this.isFree ? null : this.next(owner);
  }

  /** True if nobody waits and this turn of the event loop has had little: work may run at once. */
  get isFree(): boolean {
    return this.#waiting === 0 && !this.isSpent;
  }

  /** True once the work of this turn, or the piece that runs, has taken its time: it goes on with `next`. */
  get isSpent(): boolean {
    if (this.#turnBegan !== null) return this.now() - this.#pieceBegan >= this.turnMs;
    this.#turnBegan = this.now();
    this.#pieceBegan = this.#turnBegan;
    this.#turns.ask();
    return false;
  }

  #add(name: string, piece: Piece): void {
    let owner = this.#owners.get(name);
    if (owner === undefined) {
      owner = { pieces: [], next: 0, credit: 0 };
      this.#owners.set(name, owner);
    }
    owner.pieces.push(piece);
    this.#waiting++;
    this.#turns.ask();
  }

  #runNext(): void {
    const owner = this.#pick();
    const began = this.now();
    this.#turnBegan ??= began;
    this.#pieceBegan = began;
    this.#runSome(owner, began);
    afterMicrotasks(() => {
      const now = this.now();
      owner.credit -= now - began;
      if (this.#waiting === 0) this.#owners.clear();
      else if (now - (this.#turnBegan ?? now) < this.turnMs) this.#runNext();
      this.#turns.ask();
    });
  }

  /** Runs one piece, or several in a row while they are short. */
  #runSome(owner: Owner, began: number): void {
    while (owner.next < owner.pieces.length) {
      const piece = owner.pieces[owner.next++] as Piece;
      this.#waiting--;
      piece.run();
      if (!piece.isWhole || owner.pieces[owner.next]?.isWhole !== true) break;
      if (this.now() - began >= owner.credit) break;
    }
    if (owner.next < owner.pieces.length) return;
    owner.pieces = [];
    owner.next = 0;
  }

  /** Passes over owners in debt, each time with a little less of it, while others wait. */
  #pick(): Owner {
    // The iteration reaches what is put behind the end meanwhile; somebody waits, so it ends.
    for (const [name, owner] of this.#owners) {
      this.#owners.delete(name);
      owner.credit = Math.min(QUANTUM_MS, owner.credit + QUANTUM_MS);
      const waits = owner.next < owner.pieces.length;
      // One that has nothing now is to pay when it comes back while others still wait.
      if (waits || owner.credit < 0) this.#owners.set(name, owner);
      if (waits && owner.credit > 0) return owner;
    }
    throw new Error('nobody waits');
  }
}

/** Runs something once the promises that were resolved have run what follows them. */
const afterMicrotasks = (run: () => void): void => queueMicrotask(() => process.nextTick(run));
