import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { Timers } from '../../lib/time/timers.js';
import { type ConnectionKind, ConnectionRoom, type HeldConnections } from './connection-room.js';
import { HandshakeShares } from './handshake-shares.js';
import { Refusal } from './refusal.js';

export interface HandshakeLimits {
  maxConnections: number;
  maxConnectionsPerRecipient: number;
  maxHandshakesPerSecond: number;
}

/** Lets at most this many handshakes wait for the database at once. */
const MAX_IN_FLIGHT = 1_000;
/** Refuses handshakes while the oldest has waited longer than this, in milliseconds. */
const MAX_WAIT_MS = 1_000;
/**
 * Lets a recipient have this many times as many connections of live topics alone: a page of another service
 * may open one for each object.
 */
const LIVE_FACTOR = 10;

type Client = Pick<RecipientClaims, 'tenantId' | 'recipient'>;

/**
 * Bounds connections, handshakes a second and handshakes at once, for clients whose token is good. Beyond, a
 * client is to come back later. Tenants share what there is: see docs/design/admission.md.
 */
export class HandshakeLimiter {
  readonly #shares: HandshakeShares;
  readonly #room: ConnectionRoom;
  /** Holds when each handshake in flight began, the oldest first. */
  readonly #inFlight = new Set<{ readonly at: number }>();
  draining = false;
  /** Sockets that may be held: a worker's share changes with what the others hold. */
  maxConnections: number;

  constructor(
    private readonly limits: HandshakeLimits,
    private readonly held: HeldConnections,
    private readonly timers: Timers,
  ) {
    const now = timers.now();
    this.maxConnections = limits.maxConnections;
    this.#shares = new HandshakeShares(limits.maxHandshakesPerSecond, now);
    this.#room = new ConnectionRoom(() => this.maxConnections, held, now);
  }

  /** Whether it takes no connections for now, whoever comes. */
  get takesNone(): boolean {
    return this.draining || this.held.sockets + this.#inFlight.size >= this.maxConnections;
  }

  /** @throws Refusal `draining` */
  checkService(): void {
    if (this.draining) throw new Refusal('draining');
  }

  /**
   * Begins the handshake of a client whose token is good. Returns a function to call once, when it is over.
   * @throws Refusal
   */
  enter(client: Client, kind: ConnectionKind): () => void {
    const now = this.timers.now();
    this.#room.see(client.tenantId, now);
    this.#checkRecipient(client, kind);
    if (!this.#room.has(client.tenantId, this.#inFlight.size)) throw new Refusal('full');
    if (this.#inFlight.size >= MAX_IN_FLIGHT || this.#isStuck(now)) throw new Refusal('busy');
    if (!this.#shares.take(client.tenantId, client.recipient, now)) throw new Refusal('busy');
    const handshake = { at: now };
    this.#inFlight.add(handshake);
    return () => {
      this.#inFlight.delete(handshake);
    };
  }

  /**
   * Looks again once the database has answered: others may have come meanwhile, or the node may drain.
   * @throws Refusal
   */
  confirm(client: Client, kind: ConnectionKind): void {
    if (this.draining) throw new Refusal('draining');
    this.#checkRecipient(client, kind);
    if (!this.#room.has(client.tenantId, this.#inFlight.size - 1)) throw new Refusal('full');
  }

  #checkRecipient({ tenantId, recipient }: Client, kind: ConnectionKind): void {
    const { maxConnectionsPerRecipient } = this.limits;
    const most = kind === 'live' ? LIVE_FACTOR * maxConnectionsPerRecipient : maxConnectionsPerRecipient;
    if (this.held.ofRecipient(tenantId, recipient, kind) >= most) throw new Refusal('recipient-connections');
  }

  #isStuck(now: number): boolean {
    for (const oldest of this.#inFlight) return now - oldest.at > MAX_WAIT_MS;
    return false;
  }
}
