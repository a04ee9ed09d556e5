import { type ItemSizes, Outbox } from '../socket/outbox.js';
import type { AdmittedSocket } from './admitted-socket.js';
import type { Flushable } from './flush-scheduler.js';

/** Gives a socket no more while more bytes than this wait in it for the client, and no more than this at once. */
export const SOCKET_BYTES = 64 * 1024;

/**
 * Gathers what is to be written to one client, and gives it to the socket bit by bit, as the client reads. A
 * socket that gets a MiB at once writes it at once when the client makes room: with a hundred of them the event
 * loop does nothing else for tens of milliseconds. What waits here is written in turns by tenant.
 */
export class PacedOutbox<T> extends Outbox<T> {
  /** Whether its writer is flushed in the next turn of the event loop. */
  #soon = false;
  #awaitsRoom = false;

  constructor(
    private readonly socket: AdmittedSocket,
    private readonly writer: Flushable & ItemSizes<T>,
  ) {
    super();
  }

  /** Has its writer flushed in the next turn of the event loop, or once the socket has room. */
  flushSoon(): void {
    if (this.#soon || this.#awaitsRoom) return;
    this.#soon = true;
    this.socket.flushSoon(this.writer);
  }

  override take(): T[] | null {
    this.#soon = false;
    return super.take();
  }

  /** Takes what its writer is to write now; null if that is nothing, or the socket has no room. */
  takeNext(): T[] | null {
    this.#soon = false;
    return this.socket.buffered > SOCKET_BYTES ? null : this.takeSome(SOCKET_BYTES, this.writer);
  }

  /** Has its writer flushed again if something is left. */
  flushRest(): void {
    if (this.isEmpty || this.#awaitsRoom) return;
    if (this.socket.buffered <= SOCKET_BYTES) {
      this.flushSoon();
      return;
    }
    this.#awaitsRoom = true;
    this.socket.onceWritable(() => {
      this.#awaitsRoom = false;
      this.flushSoon();
    });
  }
}
