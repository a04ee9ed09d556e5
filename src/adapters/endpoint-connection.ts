import type { AdmittedSocket, Socket } from '../delivery/index.js';
import type { LiveSink } from '../live/index.js';
import type { CloseCode } from '../protocol/close-codes.js';

/** Gathers at most so many bytes before it writes them. */
const GATHERED_BYTES = 64 * 1024;

/** Follows live topics and gets no messages: writes the frames of one turn of the event loop in one go. */
export class EndpointConnection implements LiveSink {
  #outbox: Buffer[] = [];
  #bytes = 0;

  constructor(
    private readonly admitted: AdmittedSocket,
    private readonly socket: Socket,
  ) {
    // What was gathered goes before the close frame.
    admitted.onceEnded(() => this.#flush());
  }

  get buffered(): number {
    return this.admitted.buffered + this.#bytes;
  }

  write(frame: Buffer): void {
    if (this.admitted.ended) return;
    if (this.#outbox.length === 0) setImmediate(() => this.#flush());
    this.#outbox.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes > GATHERED_BYTES) this.#flush();
  }

  close(code: CloseCode, reason: string): void {
    this.admitted.close(code, reason);
  }

  #flush(): void {
    const frames = this.#outbox;
    if (frames.length === 0) return;
    this.#outbox = [];
    this.#bytes = 0;
    if (this.socket.open) this.socket.write(frames);
  }
}
