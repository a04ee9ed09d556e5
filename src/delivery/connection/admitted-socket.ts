import { randomFillSync } from 'node:crypto';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { Clock } from '../../lib/time/clock.js';
import { SLOT_MS, type TimerWheel, type WheelEntry } from '../../lib/time/timer-wheel.js';
import type { Timers } from '../../lib/time/timers.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import { CLOSE, type CloseCode } from '../../protocol/close-codes.js';
import { encodePing, PING_BYTES, PING_PAYLOAD_BYTES } from '../outbound/frame-encoder.js';
import type { Socket } from '../socket/socket.js';
import type { Flushable } from './flush-scheduler.js';

/** Bounds how long a dead client goes unnoticed. */
interface KeepaliveConfig {
  pingIntervalMs: number;
  pongTimeoutMs: number;
}

/** Serves the admitted sockets of a node, all of them. */
export interface AdmittedSocketPorts {
  readonly config: KeepaliveConfig;
  /** Estimates the database's clock. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly heartbeat: TimerWheel;
  readonly metrics: Pick<Metrics, 'connectionsCut'>;
  /** Flushes a writer in the next turn of the event loop. Tenants take turns. */
  readonly flushes: { add(writer: Flushable, tenantId: string): void };
  /** Hears once that a socket takes nothing any more; it may still be closing. */
  ended(socket: AdmittedSocket): void;
  /** Hears once that a socket is gone. */
  gone(socket: AdmittedSocket): void;
}

/** Speaks on an admitted socket, and hears what becomes of it. Times are by the node's clock. */
export interface SocketUser {
  /** Writes what still goes before the close frame. */
  onClosing(): void;
  /** Lets go of what was to be written: the socket takes nothing any more. */
  onEnded(): void;
  /**
   * Lets go of the rest: nothing comes in any more either.
   * @param closeCode with which it ended, whoever closed it first; 1006 if nobody did
   */
  onGone(closeCode: number): void;
  /** Hears that the client has read everything up to the outstanding ping. */
  onPong(now: number): void;
  /** Writes what was gathered, and then the ping that proves an idle client alive. */
  onIdle(): void;
  /** Sees to its own deadlines, also while the socket is closing. */
  onBeat(now: number): void;
  /** Answers when else it wants to be looked at. */
  nextDeadline(): number;
  /** Closes, within its patience, once nothing is unconfirmed. */
  retire(patienceMs: number): void;
}

/** Drops a socket whose client has not answered the close frame within this time, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Stands for the time to drop a socket that is gone already. */
const GONE = Number.NEGATIVE_INFINITY;

const randomWords = new Int32Array(2048);
let drawn = randomWords.length;

/** Draws 32 random bits, so that a pong cannot be made up. They come from the system in bulk. */
function random32(): number {
  if (drawn === randomWords.length) {
    randomFillSync(randomWords);
    drawn = 0;
  }
  return randomWords[drawn++] as number;
}

/**
 * Holds the socket of an admitted client, whatever is spoken on it: pings it while idle, closes it when no
 * pong comes or its token expires. At most one ping is outstanding. See docs/design/receipts.md.
 */
export class AdmittedSocket implements WheelEntry {
  slot = -1;
  /** When it was admitted, by the database's clock. */
  readonly openedAt: number;
  // The payload of the outstanding ping, in two halves: a buffer for each ping would cost more than all else
  // about it.
  #pingHigh = 0;
  #pingLow = 0;
  #pinged = false;
  #pingAt = 0;
  #heardAt: number;
  #id: string | null = null;
  #ended = false;
  /** With which this side closed it; null if it did not. */
  #closeCode: CloseCode | null = null;
  #endListeners: Array<() => void> | null = null;
  /** Drops the closing socket from then on; null before that, and {@link GONE} once there is nothing to drop. */
  #dropAt: number | null = null;
  #user: SocketUser | null = null;
  #claims: RecipientClaims;

  constructor(
    claims: RecipientClaims,
    private readonly socket: Socket,
    private readonly ports: AdmittedSocketPorts,
  ) {
    this.#claims = claims;
    this.openedAt = ports.clock.now();
    this.#heardAt = ports.timers.now();
    ports.heartbeat.schedule(this, this.#due(this.#heardAt));
  }

  /** Identifies the connection: a UUID of version 7. Made when somebody asks. */
  get id(): string {
    this.#id ??= timeOrderedId(this.openedAt);
    return this.#id;
  }

  /** Names who speaks on it. Without one it is pinged and closed in time, no more. */
  use(user: SocketUser): void {
    this.#user = user;
  }

  /** What the token says: the latest, if it was renewed. Tenant, recipient and topic never change. */
  get claims(): RecipientClaims {
    return this.#claims;
  }

  /** Goes by another token of the same recipient from now on, whose end may be earlier. */
  renew(claims: RecipientClaims): void {
    this.#claims = claims;
    this.wakeAt(this.#due(this.ports.timers.now()));
  }

  /** Whether it takes nothing any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether frames can still be written: false from the first close frame on, whoever sent it. */
  get open(): boolean {
    return this.socket.open;
  }

  /** Bytes that wait in this process because the client does not read. */
  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  /**
   * Writes encoded frames in one go, as long as the socket is open. If nothing is buffered afterwards, they
   * are free for other use.
   */
  write(frames: readonly Buffer[]): void {
    this.socket.write(frames);
  }

  /** Has what was gathered for it written in the next turn of the event loop. Tenants take turns. */
  flushSoon(writer: Flushable): void {
    this.ports.flushes.add(writer, this.#claims.tenantId);
  }

  /** Calls the listener once, when what was buffered has gone out. */
  onceWritable(listener: () => void): void {
    this.socket.onceWritable(listener);
  }

  /** Calls the listener when it takes nothing any more; at once if that is so already. */
  onceEnded(listener: () => void): void {
    if (this.#ended) listener();
    else this.#endListeners = [...(this.#endListeners ?? []), listener];
  }

  /** Has its user's deadlines looked at then, by the node's clock. */
  wakeAt(at: number): void {
    this.ports.heartbeat.schedule(this, at);
  }

  close(code: CloseCode, reason: string): void {
    if (this.#ended) return;
    this.#user?.onClosing();
    this.#closeCode = code;
    this.end();
    this.socket.close(code, reason);
    // It breaks the rules, and would go on to make work until its connection has ended.
    if (code === CLOSE.policyViolation) this.socket.ignoreInput();
    if (code === CLOSE.tooSlow) this.ports.metrics.connectionsCut.inc();
    this.#dropAt = this.ports.timers.now() + CLOSE_TIMEOUT_MS;
    this.wakeAt(this.#dropAt);
  }

  /** Drops what the client sends from now on, unread, but for its close frame. */
  ignoreInput(): void {
    this.socket.ignoreInput();
  }

  /** Closes because the node stops. */
  retire(patienceMs: number): void {
    if (this.#user === null) this.close(CLOSE.goingAway, 'shutting down');
    else this.#user.retire(patienceMs);
  }

  /** Drops the socket with what is buffered for it. */
  cut(): void {
    this.end();
    this.ports.metrics.connectionsCut.inc();
    this.socket.terminate();
  }

  /** Takes nothing any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#user?.onEnded();
    this.ports.ended(this);
    for (const listener of this.#endListeners ?? []) listener();
    this.#endListeners = null;
  }

  /** Hears from the socket that it is gone. @param code see {@link SocketEvents.closed} */
  closed(code: number): void {
    this.end();
    this.#dropAt = GONE;
    this.ports.gone(this);
    this.#user?.onGone(this.#closeCode ?? code);
  }

  /** Takes the payload of a pong. One that answers no outstanding ping is ignored. */
  pong(payload: Buffer): void {
    if (!this.#pinged || payload.length !== PING_PAYLOAD_BYTES) return;
    if (payload.readInt32BE(0) !== this.#pingHigh || payload.readInt32BE(4) !== this.#pingLow) return;
    this.#pinged = false;
    this.#heardAt = this.ports.timers.now();
    this.wakeAt(this.#idleUntil());
    this.#user?.onPong(this.#heardAt);
  }

  /** Whether a ping is outstanding. */
  get pinged(): boolean {
    return this.#pinged;
  }

  /** Puts a new ping, which takes {@link PING_BYTES}, into a buffer that is written at once. */
  putPing(buffer: Buffer, at: number, now: number): void {
    this.#pingHigh = random32();
    this.#pingLow = random32();
    this.#pinged = true;
    this.#pingAt = now;
    this.wakeAt(now + this.ports.config.pongTimeoutMs);
    encodePing(buffer, at, this.#pingHigh, this.#pingLow);
  }

  /** Writes the ping that proves an idle client alive. */
  ping(): void {
    const frame = Buffer.allocUnsafe(PING_BYTES);
    this.putPing(frame, 0, this.ports.timers.now());
    this.socket.write([frame]);
  }

  beat(now: number): number | null {
    if (this.#dropAt !== null) {
      if (this.#dropAt === GONE) return null;
      if (now >= this.#dropAt) {
        this.socket.terminate();
        return null;
      }
    }
    this.#user?.onBeat(now);
    if (!this.#ended) this.#beatOpen(now);
    const due = this.#due(now);
    return this.#user === null ? due : Math.min(due, this.#user.nextDeadline());
  }

  #beatOpen(now: number): void {
    const { clock, config } = this.ports;
    if (!this.socket.open) this.end();
    else if (clock.now() >= this.claims.expiresAt) this.close(CLOSE.unauthorized, 'token expired');
    else if (this.#pinged && now >= this.#pingAt + config.pongTimeoutMs) this.close(CLOSE.tooSlow, 'no pong');
    else if (!this.#pinged && now >= this.#idleUntil()) this.#pingIdle();
  }

  #pingIdle(): void {
    if (this.#user === null) this.ping();
    else this.#user.onIdle();
  }

  // A little early, so that interval and timeout together are what it takes to notice a dead client.
  #idleUntil(): number {
    const { pingIntervalMs } = this.ports.config;
    return this.#heardAt + pingIntervalMs - Math.min(2 * SLOT_MS, pingIntervalMs / 4);
  }

  #due(now: number): number {
    if (this.#ended) return Math.min(this.#dropAt ?? Number.POSITIVE_INFINITY, now + CLOSE_TIMEOUT_MS);
    const next = !this.#pinged ? this.#idleUntil() : this.#pingAt + this.ports.config.pongTimeoutMs;
    const expiresIn = this.claims.expiresAt - this.ports.clock.now();
    return Math.min(next, now + Math.max(0, expiresIn));
  }
}
