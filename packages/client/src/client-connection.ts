import type { AckFrame, PingFrame } from '../../../src/protocol/frames.js';
import type { Socket } from './platform.js';
import { deadline } from './waiting.js';

/** Puts the acknowledgements of this many milliseconds into one frame. */
const ACK_DELAY_MS = 20;
/** Puts at most this many ids into one frame: each takes 39 bytes, and a node takes frames up to 64 KiB. */
const IDS_PER_ACK = 1000;
/** Waits this long for the answer to a probe, in milliseconds. */
export const PROBE_MS = 1000;

/** A frame of the node's: an object that says its type. */
export type NodeFrame = { type: string } & Record<string, unknown>;

/** Says how a connection ended. */
export interface End {
  reason: string;
  /** The close code; undefined if this side gave up. */
  code: number | undefined;
  /** The node had accepted it. */
  accepted: boolean;
  /**
   * It ended while it was probed, so the page has just come back and another connection may be opened now.
   */
  probed: boolean;
}

interface ConnectionEvents {
  /** Called once, when the node has sent something: it has accepted the connection. */
  onAccepted(): void;
  onFrame(frame: NodeFrame): void;
  /** Called once, and nothing else afterwards. */
  onEnd(end: End): void;
}

interface Liveness {
  connectTimeoutMs: number;
  pingIntervalMs: number;
  pongTimeoutMs: number;
}

/** Keeps one WebSocket from opening to its end: acknowledgements and signs of life. */
export class ClientConnection {
  #open = false;
  #accepted = false;
  #ended = false;
  #probed = false;
  #acks: string[] = [];
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #callOff = () => {};

  constructor(
    private readonly socket: Socket,
    private readonly listener: ConnectionEvents,
    private readonly liveness: Liveness,
  ) {
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#received(data));
    socket.addEventListener('close', ({ code, reason }) => this.#end(`closed with ${code}${reason ? `: ${reason}` : ''}`, code));
    socket.addEventListener('error', () => {});
    this.#expect(liveness.connectTimeoutMs, () => this.#giveUp('not opened in time'));
  }

  ack(id: string): void {
    if (this.#ended) return;
    this.#acks.push(id);
    this.#ackTimer ??= setTimeout(() => this.#flushAcks(), ACK_DELAY_MS);
  }

  send(frame: object): void {
    if (this.#open && !this.#ended) this.socket.send(JSON.stringify(frame));
  }

  /** Asks for a sign of life, which must come soon. */
  probe(): void {
    if (!this.#accepted || this.#ended) return;
    this.#probed = true;
    this.#ping(PROBE_MS);
  }

  /** Closes the connection, after the acknowledgements that still wait. */
  close(reason: string): void {
    this.#flushAcks();
    this.#giveUp(reason);
  }

  #opened(): void {
    if (this.#ended) return;
    this.#open = true;
    // The answer shows that the node accepted the token: with a refused one it closes before it sends
    // anything.
    this.#ping(this.liveness.pongTimeoutMs);
  }

  #received(data: unknown): void {
    if (this.#ended) return;
    this.#probed = false;
    this.#expect(this.liveness.pingIntervalMs, () => this.#ping(this.liveness.pongTimeoutMs));
    if (!this.#accepted) {
      this.#accepted = true;
      this.listener.onAccepted();
    }
    const frame = parse(data);
    if (frame && !this.#ended) this.listener.onFrame(frame);
  }

  #ping(timeoutMs: number): void {
    const ping: PingFrame = { type: 'ping' };
    this.send(ping);
    this.#expect(timeoutMs, () => this.#giveUp('no sign of life'));
  }

  #flushAcks(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    while (this.#acks.length > 0) {
      const ack: AckFrame = { type: 'ack', ids: this.#acks.splice(0, IDS_PER_ACK) };
      this.send(ack);
    }
  }

  #expect(ms: number, otherwise: () => void): void {
    this.#callOff();
    this.#callOff = deadline(ms, otherwise);
  }

  // A dead peer answers no close frame. The socket may linger for a minute, but nobody waits for it.
  #giveUp(reason: string): void {
    this.socket.close(1000);
    this.#end(reason);
  }

  #end(reason: string, code?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#ackTimer);
    this.#callOff();
    this.listener.onEnd({ reason, code, accepted: this.#accepted, probed: this.#probed });
  }
}

/** Returns a frame that says its type, or null: clients ignore what they do not understand. */
function parse(data: unknown): NodeFrame | null {
  try {
    const frame: NodeFrame | null = JSON.parse(data as string);
    return typeof frame?.type === 'string' ? frame : null;
  } catch {
    return null;
  }
}
