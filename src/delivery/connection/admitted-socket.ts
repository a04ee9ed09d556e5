import { randomFillSync } from 'node:crypto';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { Clock } from '../../lib/time/clock.js';
import { SLOT_MS, type TimerWheel, type WheelEntry } from '../../lib/time/timer-wheel.js';
import type { Timers } from '../../lib/time/timers.js';
import { CLOSE, type CloseCode } from '../../protocol/close-codes.js';
import { encodePing, PING_BYTES, PING_PAYLOAD_BYTES } from '../outbound/frame-encoder.js';
import type { Socket } from '../socket/socket.js';

export interface KeepaliveConfig {
  pingIntervalMs: number;
  pongTimeoutMs: number;
}

/** What every connection of the node shares. */
export interface AdmittedSocketContext {
  config: KeepaliveConfig;
  /** The estimate of the database's clock. */
  clock: Clock;
  timers: Timers;
  heartbeat: TimerWheel;
  metrics: Metrics;
  /** Called once, when the connection takes nothing any more; its socket may still be closing. */
  ended(peer: AdmittedSocket): void;
  /** Called once, when its socket is gone. */
  gone(peer: AdmittedSocket): void;
}

/** A client that answers a close frame does so within this time; afterwards the socket is dropped. */
const CLOSE_TIMEOUT_MS = 2_000;

const chance = new Int32Array(2048);
let drawn = chance.length;

/** 32 random bits, so that a pong cannot be made up. Drawn in bulk. */
function random32(): number {
  if (drawn === chance.length) {
    randomFillSync(chance);
    drawn = 0;
  }
  return chance[drawn++] as number;
}

/**
 * A connection that was admitted, whatever is spoken on it: it is pinged while idle, cut when it does not answer, and closed when its
 * token expires. At most one ping is outstanding: some clients drop or delay answers when pings pile up.
 */
export class AdmittedSocket implements WheelEntry {
  slot = -1;
  /** When it was admitted, by the database's clock. */
  readonly openedAt: number;
  /** Payload of the outstanding ping, in two halves. Numbers, since a buffer for each ping costs more than all else about it. */
  #pingHigh = 0;
  #pingLow = 0;
  #pinged = false;
  #pingAt = 0;
  #heardAt: number;
  #ended = false;
  #endListeners: Array<() => void> | null = null;
  /** When the socket is dropped at the latest, once it is closing. */
  #dropAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly claims: RecipientClaims,
    protected readonly socket: Socket,
    protected readonly context: AdmittedSocketContext,
  ) {
    this.openedAt = context.clock.now();
    this.#heardAt = context.timers.now();
    context.heartbeat.schedule(this, this.#due(this.#heardAt));
  }

  /** It takes nothing any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes that wait in this process because the client does not read. */
  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  /** Writes a frame, encoded. */
  write(frame: Buffer): void {
    if (!this.#ended) this.socket.write([frame]);
  }

  /** Calls the listener when the connection takes nothing any more; at once if that is so already. */
  onceEnded(listener: () => void): void {
    if (this.#ended) {
      listener();
      return;
    }
    this.#endListeners ??= [];
    this.#endListeners.push(listener);
  }

  close(code: CloseCode, reason: string): void {
    if (this.#ended) return;
    this.end();
    this.socket.close(code, reason);
    if (code === CLOSE.tooSlow) this.context.metrics.connectionsCut.inc();
    this.#dropAt = this.context.timers.now() + CLOSE_TIMEOUT_MS;
    this.context.heartbeat.schedule(this, this.#dropAt);
  }

  /** Drops the socket with what is buffered for it. */
  cut(): void {
    this.end();
    this.context.metrics.connectionsCut.inc();
    this.socket.terminate();
  }

  protected end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    this.context.ended(this);
    for (const listener of this.#endListeners ?? []) listener();
    this.#endListeners = null;
  }

  /** Called by the socket when it is gone. */
  closed(): void {
    this.end();
    this.#dropAt = Number.NEGATIVE_INFINITY;
    this.context.gone(this);
  }

  pong(payload: Buffer): void {
    if (!this.#pinged || payload.length !== PING_PAYLOAD_BYTES) return;
    if (payload.readInt32BE(0) !== this.#pingHigh || payload.readInt32BE(4) !== this.#pingLow) return;
    this.#pinged = false;
    this.#heardAt = this.context.timers.now();
    this.context.heartbeat.schedule(this, this.#idleUntil());
    this.onPong(this.#heardAt);
  }

  get pinged(): boolean {
    return this.#pinged;
  }

  /** Puts a new ping, which takes {@link PING_BYTES}, into a buffer that is written at once. */
  protected putPing(buffer: Buffer, at: number, now: number): void {
    this.#pingHigh = random32();
    this.#pingLow = random32();
    this.#pinged = true;
    this.#pingAt = now;
    this.context.heartbeat.schedule(this, now + this.context.config.pongTimeoutMs);
    encodePing(buffer, at, this.#pingHigh, this.#pingLow);
  }

  /** The ping that proves an idle connection alive. */
  protected pingIdle(): void {
    const frame = Buffer.allocUnsafe(PING_BYTES);
    this.putPing(frame, 0, this.context.timers.now());
    this.socket.write([frame]);
  }

  /** @param now by the node's clock */
  protected onPong(_now: number): void {}
  protected onEnd(): void {}
  /** When else to look at it; and what to do when that time has come. In the node's time. */
  protected nextDeadline(_now: number): number {
    return Number.POSITIVE_INFINITY;
  }
  protected onBeat(_now: number): void {}

  beat(now: number): number | null {
    if (this.#dropAt === Number.NEGATIVE_INFINITY) return null;
    if (now >= this.#dropAt) {
      this.socket.terminate();
      return null;
    }
    this.onBeat(now);
    if (!this.#ended) this.#beatOpen(now);
    return Math.min(this.#due(now), this.nextDeadline(now));
  }

  #beatOpen(now: number): void {
    const { clock, config } = this.context;
    if (!this.socket.open) this.end();
    else if (clock.now() >= this.claims.expiresAt) this.close(CLOSE.unauthorized, 'token expired');
    else if (this.#pinged && now >= this.#pingAt + config.pongTimeoutMs) this.close(CLOSE.tooSlow, 'no pong');
    else if (!this.#pinged && now >= this.#idleUntil()) this.pingIdle();
  }

  // A little early, so that interval and timeout together are what it takes to notice a dead peer.
  #idleUntil(): number {
    const { pingIntervalMs } = this.context.config;
    return this.#heardAt + pingIntervalMs - Math.min(2 * SLOT_MS, pingIntervalMs / 4);
  }

  #due(now: number): number {
    if (this.#ended) return Math.min(this.#dropAt, now + CLOSE_TIMEOUT_MS);
    const next = !this.#pinged ? this.#idleUntil() : this.#pingAt + this.context.config.pongTimeoutMs;
    const expiresIn = this.claims.expiresAt - this.context.clock.now();
    return Math.min(next, now + Math.max(0, expiresIn));
  }
}
