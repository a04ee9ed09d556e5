import type { Timers } from '../../lib/time/timers.js';
import type { MessageSender } from './message-sender.js';

/** How long writing keeps the event loop before other work gets its turn, in milliseconds. */
const TURN_MS = 5;

/** Writes what a turn of the event loop gathered: one write for each connection, however many frames. */
export class FlushScheduler {
  #waiting: MessageSender[] = [];
  #scheduled = false;

  constructor(private readonly timers: Timers) {}

  add(sender: MessageSender): void {
    this.#waiting.push(sender);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const until = this.timers.now() + TURN_MS;
      let done = 0;
      while (done < this.#waiting.length) {
        this.#waiting[done++]?.flush();
        if (this.timers.now() >= until) break;
      }
      this.#waiting = this.#waiting.slice(done);
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
