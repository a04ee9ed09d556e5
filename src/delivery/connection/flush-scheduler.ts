import { CooperativeLoop } from '../../lib/cooperative-loop.js';
import type { Timers } from '../../lib/time/timers.js';

/** Keeps the event loop for at most so many milliseconds before other work gets its turn. */
const TURN_MS = 5;

/** Gathers what it writes until it is told to write it. */
export interface Flushable {
  flush(): void;
}

/** Writes what a turn of the event loop gathered: once for each connection, however many frames it has. */
export class FlushScheduler {
  #waiting: Flushable[] = [];
  readonly #loop: CooperativeLoop;

  constructor(private readonly timers: Pick<Timers, 'now'>) {
    this.#loop = new CooperativeLoop(
      (until) => this.#flush(until),
      TURN_MS,
      () => timers.now(),
    );
  }

  /** Flushes it in the next turn of the event loop. Whoever is added twice is flushed twice. */
  add(connection: Flushable): void {
    this.#waiting.push(connection);
    this.#loop.wake();
  }

  #flush(until: number): boolean {
    let done = 0;
    while (done < this.#waiting.length) {
      this.#waiting[done++]?.flush();
      if (this.timers.now() >= until) break;
    }
    this.#waiting = this.#waiting.slice(done);
    return this.#waiting.length === 0;
  }
}
