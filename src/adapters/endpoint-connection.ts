import type { AdmittedSocket } from '../delivery/index.js';
import { Outbox } from '../delivery/socket/outbox.js';
import { OncePerTurn } from '../lib/once-per-turn.js';
import type { LiveSink } from '../live/index.js';
import type { CloseCode } from '../protocol/close-codes.js';

/** Gathers at most this many bytes before it writes them. */
const GATHERED_BYTES = 64 * 1024;

/** Follows live topics and gets no messages: writes the frames of one turn of the event loop in one go. */
export class EndpointConnection implements LiveSink {
  readonly #outbox = new Outbox<Buffer>();
  readonly #flushing = new OncePerTurn(() => this.#flush());

  constructor(private readonly admitted: AdmittedSocket) {
    // Gathered frames go before the close frame.
    admitted.onceEnded(() => this.#flush());
  }

  get buffered(): number {
    return this.admitted.buffered + this.#outbox.bytes;
  }

  write(frame: Buffer): void {
    if (this.admitted.ended) return;
    this.#flushing.ask();
    this.#outbox.add(frame, frame.length);
    if (this.#outbox.bytes > GATHERED_BYTES) this.#flush();
  }

  close(code: CloseCode, reason: string): void {
    this.admitted.close(code, reason);
  }

  ignoreInput(): void {
    this.admitted.ignoreInput();
  }

  #flush(): void {
    const frames = this.#outbox.take();
    if (frames !== null) this.admitted.write(frames);
  }
}
