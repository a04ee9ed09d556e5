import type { Timers } from '../../lib/time/timers.js';
import type { AdmittedSocket } from './admitted-socket.js';
import type { MessageSender } from './message-sender.js';

interface RoomWatchPorts {
  readonly timers: Pick<Timers, 'now'>;
  readonly record: { readonly crowded: boolean };
}

/** Waits at most so long for half of the window before it makes do with less room, in milliseconds. */
const ROOMY_WAIT_MS = 1_000;
/** Looks this often whether the database keeps up with receipts again, in milliseconds. */
const CROWDED_WAIT_MS = 1_000;

/**
 * Watches a connection that fell behind for room to go on. Made with the first time that it does. See
 * docs/design/draining.md.
 */
export class RoomWatch {
  #since = 0;
  /** When it looks again, by the node's clock. */
  #lookAt = 0;
  /** Bytes of what found no room. */
  #needed = 0;
  #awaitsWritable = false;

  constructor(
    private readonly socket: AdmittedSocket,
    private readonly sender: MessageSender,
    private readonly ports: RoomWatchPorts,
  ) {}

  /** Begins to wait for so much room. */
  begin(needed: number): void {
    this.#since = this.ports.timers.now();
    this.#needed = needed;
  }

  /**
   * Tells whether there is room to go on, and sees to it that one looks again if there is not.
   * @param again called when what was buffered has gone out; pongs, acks and deadlines ask by themselves
   */
  hasRoom(again: () => void): boolean {
    const { writer, window } = this.sender;
    const now = this.ports.timers.now();
    const roomyAt = this.#since + ROOMY_WAIT_MS;
    if (!writer.hasRoom) this.#awaitWritable(again);
    else if (this.ports.record.crowded) this.#lookLater(now + CROWDED_WAIT_MS);
    else if (!window.fits(this.#needed)) this.#awaitAcks();
    else if (window.roomy || now >= roomyAt) return true;
    else this.#lookLater(roomyAt);
    return false;
  }

  /** When it looks again, by the node's clock. */
  get deadline(): number {
    return this.ports.timers.now() < this.#lookAt ? this.#lookAt : Number.POSITIVE_INFINITY;
  }

  /**
   * The window is full for what comes next, though it may not be to the last byte. Pongs have a deadline of
   * their own.
   */
  #awaitAcks(): void {
    if (this.sender.writer.mode === 'v1') this.sender.noteFull();
  }

  #lookLater(at: number): void {
    this.#lookAt = at;
    this.socket.wakeAt(at);
  }

  #awaitWritable(again: () => void): void {
    if (this.#awaitsWritable) return;
    this.#awaitsWritable = true;
    this.socket.onceWritable(() => {
      this.#awaitsWritable = false;
      again();
    });
  }
}
