import type { AdmittedSocket } from '../delivery/index.js';
import { Outbox } from '../delivery/socket/outbox.js';
import type { LiveSink } from '../live/index.js';
import type { CloseCode } from '../protocol/close-codes.js';

/** Follows live topics and gets no messages: writes the frames of one turn of the event loop in one go. */
export class EndpointConnection implements LiveSink {
  readonly #outbox = new Outbox<Buffer>();

  constructor(private readonly admitted: AdmittedSocket) {
    // Gathered frames go before the close frame.
    admitted.onceEnded(() => this.flush());
  }

  get buffered(): number {
    return this.admitted.buffered + this.#outbox.bytes;
  }

  write(frame: Buffer): void {
    if (this.admitted.ended) return;
    if (this.#outbox.isEmpty) this.admitted.flushSoon(this);
    this.#outbox.add(frame, frame.length);
  }

  close(code: CloseCode, reason: string): void {
    this.admitted.close(code, reason);
  }

  ignoreInput(): void {
    this.admitted.ignoreInput();
  }

  /** Writes what was gathered. */
  flush(): void {
    const frames = this.#outbox.take();
    if (frames !== null) this.admitted.write(frames);
  }
}
