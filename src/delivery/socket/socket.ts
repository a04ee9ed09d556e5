import type { ShortFrameEvents } from './short-frame-reader.js';

/** What a connection needs of a WebSocket: the seam to the library. A fake stands here in unit tests. */
export interface Socket {
  /** False from the first close frame on, whoever sent it: nothing may be written any more. */
  readonly open: boolean;
  /** Bytes that wait in this process because the client does not read. */
  readonly bufferedAmount: number;
  /** Writes whole frames, encoded, in one go. If nothing is buffered afterwards, what was given is free for other use. */
  write(frames: readonly Buffer[]): void;
  /** Calls the listener once, when what was buffered has gone out, but for a few KiB. */
  onceWritable(listener: () => void): void;
  close(code: number, reason: string): void;
  /** Drops the connection and what is buffered for it. */
  terminate(): void;
  listen(events: SocketEvents): void;
}

export interface SocketEvents extends ShortFrameEvents {
  binary(): void;
  /** A ping of the client's; the library has answered it. */
  ping(): void;
  closed(): void;
}
