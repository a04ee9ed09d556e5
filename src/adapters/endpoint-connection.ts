import { type AdmittedSocket, PacedOutbox } from '../delivery/index.js';
import type { LiveSink } from '../live/index.js';
import type { CloseCode } from '../protocol/close-codes.js';

/** Follows live topics and gets no messages: writes the frames of one turn of the event loop in one go. */
export class EndpointConnection implements LiveSink {
  readonly #outbox: PacedOutbox<Buffer>;

  constructor(private readonly admitted: AdmittedSocket) {
    this.#outbox = new PacedOutbox(admitted, this);
    // Gathered frames go before the close frame.
    admitted.onceEnded(() => this.#write(this.#outbox.take()));
  }

  get buffered(): number {
    return this.admitted.buffered + this.#outbox.bytes;
  }

  write(frame: Buffer): void {
    if (this.admitted.ended) return;
    this.#outbox.flushSoon();
    this.#outbox.add(frame, frame.length);
  }

  close(code: CloseCode, reason: string): void {
    this.admitted.close(code, reason);
  }

  ignoreInput(): void {
    this.admitted.ignoreInput();
  }

  /** Writes what was gathered, as far as the socket has room. */
  flush(): void {
    this.#write(this.#outbox.takeNext());
    this.#outbox.flushRest();
  }

  bytesOf(frame: Buffer): number {
    return frame.length;
  }

  #write(frames: readonly Buffer[] | null): void {
    if (frames !== null) this.admitted.write(frames);
  }
}
