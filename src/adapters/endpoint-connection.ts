import { AdmittedSocket } from '../delivery/index.js';

/** Bytes that are gathered before they are written, at most. */
const GATHERED_BYTES = 64 * 1024;

/** A connection that follows live topics and gets no messages: the frames of one turn of the event loop go out in one write. */
export class EndpointConnection extends AdmittedSocket {
  #outbox: Buffer[] = [];
  #bytes = 0;

  override get buffered(): number {
    return super.buffered + this.#bytes;
  }

  override write(frame: Buffer): void {
    if (this.ended) return;
    if (this.#outbox.length === 0) setImmediate(() => this.#flush());
    this.#outbox.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes > GATHERED_BYTES) this.#flush();
  }

  #flush(): void {
    const frames = this.#outbox;
    if (frames.length === 0) return;
    this.#outbox = [];
    this.#bytes = 0;
    if (this.socket.open) this.socket.write(frames);
  }

  protected override onEnd(): void {
    this.#flush();
  }
}
