import type { AckFrame, MessageFrame, PingFrame } from '../protocol/frames.js';
import type { Socket } from './platform.js';

/** Puts the acknowledgements of this many milliseconds into one frame. */
const ACK_DELAY_MS = 20;
/** Puts at most this many ids into one frame: each takes 39 bytes, and a node takes frames up to 64 KiB. */
const IDS_PER_ACK = 1000;

interface ConnectionEvents {
  /** Is called once, when the node has sent something: it has accepted the connection. */
  onAccepted(): void;
  onMessage(frame: MessageFrame): void;
  /** Is called once, and nothing else afterwards. */
  onEnd(reason: string): void;
}

interface Liveness {
  pingIntervalMs: number;
  pongTimeoutMs: number;
}

/** Keeps one WebSocket from opening to its end: acknowledgements and signs of life. */
export class ClientConnection {
  #open = false;
  #accepted = false;
  #ended = false;
  #acks: string[] = [];
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #aliveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly events: ConnectionEvents,
    private readonly liveness: Liveness,
  ) {
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#received(data));
    socket.addEventListener('close', ({ code, reason }) => this.#end(`closed with ${code}${reason ? `: ${reason}` : ''}`));
    socket.addEventListener('error', () => {});
    this.#expect(liveness.pingIntervalMs, () => this.#giveUp('could not be opened in time'));
  }

  ack(id: string): void {
    if (this.#ended) return;
    this.#acks.push(id);
    this.#ackTimer ??= setTimeout(() => this.#flushAcks(), ACK_DELAY_MS);
  }

  /** Closes the connection, after the acknowledgements that still wait. */
  close(reason: string): void {
    if (this.#open && !this.#ended) this.#flushAcks();
    this.#giveUp(reason);
  }

  #opened(): void {
    if (this.#ended) return;
    this.#open = true;
    // The answer shows that the node accepted the token: with a refused one it closes before it sends
    // anything.
    this.#ping();
  }

  #received(data: unknown): void {
    if (this.#ended) return;
    this.#expect(this.liveness.pingIntervalMs, () => this.#ping());
    if (!this.#accepted) {
      this.#accepted = true;
      this.events.onAccepted();
    }
    const frame = parse(data);
    if (frame) this.events.onMessage(frame);
  }

  #ping(): void {
    const ping: PingFrame = { type: 'ping' };
    this.socket.send(JSON.stringify(ping));
    this.#expect(this.liveness.pongTimeoutMs, () => this.#giveUp('no sign of life'));
  }

  #flushAcks(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    while (this.#acks.length > 0) {
      const ack: AckFrame = { type: 'ack', ids: this.#acks.splice(0, IDS_PER_ACK) };
      this.socket.send(JSON.stringify(ack));
    }
  }

  #expect(ms: number, otherwise: () => void): void {
    clearTimeout(this.#aliveTimer);
    this.#aliveTimer = setTimeout(otherwise, ms);
  }

  // A dead peer answers no close frame. The socket may linger for a minute, but nobody waits for it.
  #giveUp(reason: string): void {
    this.socket.close(1000);
    this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#ackTimer);
    clearTimeout(this.#aliveTimer);
    this.events.onEnd(reason);
  }
}

/** Returns a message, or null: clients ignore frames that they do not know. */
function parse(data: unknown): MessageFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame: Partial<MessageFrame> | null = JSON.parse(data);
    return frame?.type === 'message' && typeof frame.id === 'string' && typeof frame.message === 'string'
      ? (frame as MessageFrame)
      : null;
  } catch {
    return null;
  }
}
