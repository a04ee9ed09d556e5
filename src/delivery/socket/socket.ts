import type { ShortFrameEvents } from './short-frame-reader.js';

/** The seam to the WebSocket library: all that a connection needs of it. Unit tests put a fake here. */
export interface Socket {
  /** Turns false with the first close frame, whoever sent it: nothing may be written any more. */
  readonly open: boolean;
  /** Counts the bytes that wait in this process because the client does not read. */
  readonly bufferedAmount: number;
  /**
   * Writes whole encoded frames in one go. The buffers may be used again if nothing is buffered afterwards.
   */
  write(frames: readonly Buffer[]): void;
  /** Calls the listener once, when all but a few KiB of what was buffered has gone out. */
  onceWritable(listener: () => void): void;
  close(code: number, reason: string): void;
  /** Drops what the client sends from now on, unread, but for its close frame. */
  ignoreInput(): void;
  /** Drops the connection and what is buffered for it. */
  terminate(): void;
  listen(events: SocketEvents): void;
}

export interface SocketEvents extends ShortFrameEvents {
  binary(): void;
  /** Takes a ping of the client's, which the library has answered. */
  ping(): void;
  /** @param code of the close frame that came in; 1005 if it had none, 1006 if none came */
  closed(code: number): void;
}
