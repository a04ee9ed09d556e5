import type { ClientFacts, ConnectionProtocol } from '../../core/domain/activity.js';
import { LIMITS } from '../../core/domain/limits.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import { CLOSE, type CloseCode } from '../../protocol/close-codes.js';
import { type Mode, protocolOf } from '../../protocol/subprotocols.js';
import type { RecordedConnection } from '../recording/activity-recorder.js';
import type { Socket } from '../socket/socket.js';
import { AdmittedSocket, type AdmittedSocketPorts, type SocketUser } from './admitted-socket.js';
import { Backlog, type BacklogPorts } from './backlog.js';
import { FrameWriter, type FrameWriterPorts } from './frame-writer.js';
import { type InFlightLimits, InFlightWindow, type Unconfirmed } from './in-flight-window.js';
import { MessageSender, type MessageSenderPorts } from './message-sender.js';

/** Allows one try to renew a token in this time, in milliseconds. */
const RENEWAL_EVERY_MS = 60_000;

/** Serves the connections of a node and their parts: one object, since 100,000 connections refer to it. */
export interface ConnectionPorts extends AdmittedSocketPorts, BacklogPorts, FrameWriterPorts, MessageSenderPorts {
  readonly limits: InFlightLimits;
  readonly timers: AdmittedSocketPorts['timers'];
  readonly metrics: AdmittedSocketPorts['metrics'] &
    BacklogPorts['metrics'] &
    FrameWriterPorts['metrics'] &
    MessageSenderPorts['metrics'];
  readonly broadcasts: BacklogPorts['broadcasts'] & MessageSenderPorts['broadcasts'];
  /** Counts what no connection of the node has confirmed. */
  readonly unconfirmed: Unconfirmed;
  readonly record: BacklogPorts['record'] & MessageSenderPorts['record'] & { flushed(): Promise<void> };
  /** Records comings and goings. */
  readonly activity: { disconnected(connection: RecordedConnection, closeCode: number): void };
}

/** One connection of a recipient: puts its parts together, and takes what its client says. */
export class Connection implements SocketUser, RecordedConnection {
  #retireAt: number | null = null;
  /** When it took nothing any more, by the database's clock; 0 before that. */
  endedAt = 0;
  /** Null until the client sends a frame that means nothing to us. */
  #idleFrames: TokenBucket | null = null;
  /** When a renewal of its token was last tried, by the node's clock. */
  #renewalAt = Number.NEGATIVE_INFINITY;
  #onRenewed: ((claims: RecipientClaims) => void) | null = null;

  constructor(
    readonly admitted: AdmittedSocket,
    readonly sender: MessageSender,
    /** Takes what arrives for the recipient. */
    readonly backlog: Backlog,
    readonly facts: ClientFacts,
    private readonly ports: ConnectionPorts,
  ) {}

  get id(): string {
    return this.admitted.id;
  }

  get protocol(): ConnectionProtocol {
    return protocolOf(this.sender.writer.mode);
  }

  /** When it was admitted, by the database's clock. */
  get openedAt(): number {
    return this.admitted.openedAt;
  }

  get claims(): RecipientClaims {
    return this.admitted.claims;
  }

  /** Counts a try to renew its token. False if another one was tried within the last minute. */
  tryRenewal(): boolean {
    const now = this.ports.timers.now();
    if (now < this.#renewalAt + RENEWAL_EVERY_MS) return false;
    this.#renewalAt = now;
    return true;
  }

  /** Goes by another token of the same recipient and topic from now on. */
  renew(claims: RecipientClaims): void {
    this.admitted.renew(claims);
    this.#onRenewed?.(claims);
  }

  /** Calls the listener, the only one, with the claims of each token that takes the place of another. */
  whenRenewed(listener: (claims: RecipientClaims) => void): void {
    this.#onRenewed = listener;
  }

  /** Whether it takes nothing any more. */
  get ended(): boolean {
    return this.admitted.ended;
  }

  /** Bytes that wait in this process because the client does not read. */
  get buffered(): number {
    return this.sender.writer.buffered;
  }

  /** Writes a frame that is no message, in its place between the messages. */
  write(frame: Buffer): void {
    this.sender.writer.addFrame(frame);
  }

  /** Writes the answer to a frame of the client's. One that does not read its answers is closed. */
  answer(frame: Buffer): void {
    this.sender.writer.addAnswer(frame);
  }

  /** Writes what was gathered. @param now by the node's clock */
  flush(now: number): void {
    this.sender.writer.flush(now);
  }

  close(code: CloseCode, reason: string): void {
    this.admitted.close(code, reason);
  }

  /** Drops what the client sends from now on, unread, but for its close frame. */
  ignoreInput(): void {
    this.admitted.ignoreInput();
  }

  /** Calls the listener when it takes nothing any more; at once if that is so already. */
  onceEnded(listener: () => void): void {
    this.admitted.onceEnded(listener);
  }

  // ---- The client's frames ----

  /** Takes the payload of a pong. */
  pong(payload: Buffer): void {
    this.admitted.pong(payload);
  }

  /**
   * Takes messages that the client says it has dealt with; ids that were not sent here are ignored. True if
   * one was confirmed.
   */
  ack(ids: readonly string[]): boolean {
    const confirmed = this.sender.takeAck(ids);
    if (confirmed) this.#onReceipts();
    return confirmed;
  }

  /**
   * Takes the shortest ack of the one message that is unconfirmed. False if the frame is anything else, and
   * has to be read.
   */
  ackPlainly(frame: string): boolean {
    const confirmed = this.sender.takePlainAck(frame);
    if (confirmed) this.#onReceipts();
    return confirmed;
  }

  /** Takes a frame that needs no answer. False if there are too many of them, which closes the connection. */
  tolerate(): boolean {
    const now = this.ports.timers.now();
    this.#idleFrames ??= new TokenBucket(LIMITS.idleFramesPerSecond, LIMITS.idleFramesBurst, now);
    if (this.#idleFrames.take(now)) return true;
    this.close(CLOSE.policyViolation, 'too many frames');
    return false;
  }

  /** Hears from the socket that it is gone. */
  closed(code: number): void {
    this.admitted.closed(code);
  }

  /** There may be more room. */
  #onReceipts(): void {
    if (this.ended) return;
    if (this.#retireAt === null) this.backlog.catchUp();
    else this.#retireIfDone();
  }

  // ---- What becomes of its socket ----

  onClosing(): void {
    this.sender.writer.writeAnswers();
  }

  onEnded(): void {
    this.endedAt = this.ports.clock.now();
    this.sender.writer.drop();
    this.backlog.end();
  }

  onGone(closeCode: number): void {
    this.sender.dropWindow();
    this.ports.activity.disconnected(this, closeCode);
  }

  onPong(now: number): void {
    this.sender.takePong(now);
    this.#onReceipts();
  }

  onIdle(): void {
    this.sender.writer.pingIdle();
  }

  onBeat(now: number): void {
    this.sender.beat(now);
    if (this.ended) return;
    this.backlog.catchUp();
    if (this.#retireAt !== null && now >= this.#retireAt) this.close(CLOSE.goingAway, 'shutting down');
  }

  nextDeadline(): number {
    return Math.min(this.sender.deadline, this.backlog.deadline, this.#retireAt ?? Number.POSITIVE_INFINITY);
  }

  /** Sends nothing new, waits until the receipts of what was sent are written, and closes. */
  retire(patienceMs: number): void {
    if (this.ended || this.#retireAt !== null) return;
    this.sender.writer.flush();
    this.#retireAt = this.ports.timers.now() + patienceMs;
    this.backlog.stop();
    this.admitted.wakeAt(this.#retireAt);
    this.#retireIfDone();
  }

  // The client goes to another node at once, which must find the receipts written, or it sends everything
  // again.
  #retireIfDone(): void {
    if (this.sender.window.size > 0) return;
    void this.ports.record.flushed().then(() => this.close(CLOSE.goingAway, 'shutting down'));
  }
}

/** Describes an admitted client. */
interface Client {
  readonly claims: RecipientClaims;
  readonly mode: Mode;
  readonly facts: ClientFacts;
}

/** Puts a connection together on an admitted client's socket. */
export function openConnection({ claims, mode, facts }: Client, socket: Socket, ports: ConnectionPorts): Connection {
  const admitted = new AdmittedSocket(claims, socket, ports);
  const window = new InFlightWindow(ports.limits, ports.unconfirmed);
  const writer = new FrameWriter(admitted, window, mode, ports);
  const sender = new MessageSender(admitted, window, writer, ports);
  const backlog = new Backlog(admitted, sender, ports);
  const connection = new Connection(admitted, sender, backlog, facts, ports);
  admitted.use(connection);
  return connection;
}
