import type { Timers } from '../../src/lib/time/timers.js';

/** Time that stands still until it is put forward. */
export class TurnedTimers implements Timers {
  #now = 0;
  readonly #waiting: Array<{ at: number; run: () => void }> = [];

  now = () => this.#now;
  random = () => 0;
  after = (ms: number, run: () => void) => {
    const entry = { at: this.#now + ms, run };
    this.#waiting.push(entry);
    return () => {
      entry.at = Number.POSITIVE_INFINITY;
    };
  };

  forward(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#waiting.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      this.#waiting.splice(this.#waiting.indexOf(due), 1);
      due.run();
    }
    this.#now = until;
  }
}
