import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** Lets the writer wait from so many bytes on, beside what Node and the system keep of a socket. */
const HIGH_WATER_BYTES = 16 * 1024;

/** Body of an answer that is written bit by bit. What its client does not take waits with the writer. */
export class SseBody {
  readonly stream: Readable;
  #more: (() => void) | null = null;
  #pushed = 0;
  #taken = 0;
  /** When the client last took something, or nothing waited for it. */
  #tookAt: number;

  /**
   * @param response that the body is piped to
   * @param now returns milliseconds of a clock that only grows
   * @param onClosed hears that the stream is gone, whether it had ended or not
   */
  constructor(
    private readonly response: Pick<ServerResponse, 'writableLength'>,
    private readonly now: () => number,
    onClosed: () => void,
  ) {
    this.#tookAt = now();
    this.stream = new Readable({ highWaterMark: HIGH_WATER_BYTES, read: () => this.#goOn() });
    this.stream.once('close', () => {
      this.#goOn();
      onClosed();
    });
    // Whoever reads the stream deals with its errors; there may be nobody.
    this.stream.on('error', () => {});
  }

  /** Resolves once there is room for more, or the stream is gone. */
  async write(frames: string): Promise<void> {
    if (this.push(frames) || this.stream.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#more = resolve;
    });
  }

  /** Writes without waiting for room. @returns whether there is room for more */
  push(frames: string): boolean {
    if (this.stream.destroyed) return false;
    const bytes = Buffer.from(frames);
    this.#pushed += bytes.length;
    return this.stream.push(bytes);
  }

  /** Ends the body behind what is written. */
  end(): void {
    if (!this.stream.destroyed) this.stream.push(null);
  }

  /** Counts bytes that the client has not taken yet, as far as this process knows. */
  get waiting(): number {
    return this.stream.readableLength + this.response.writableLength;
  }

  /** Returns for how long the client has taken nothing of what waits for it, in milliseconds. */
  stalledMs(): number {
    const { waiting } = this;
    const taken = this.#pushed - waiting;
    if (waiting === 0 || taken !== this.#taken) this.#tookAt = this.now();
    this.#taken = taken;
    return this.now() - this.#tookAt;
  }

  #goOn(): void {
    const more = this.#more;
    this.#more = null;
    more?.();
  }
}
