/** Tells of the connections that a node holds. */
export interface HeldConnections {
  /** Sockets that are not gone yet, of every kind. */
  readonly sockets: number;
  /** Tenants that have a connection. */
  readonly tenants: number;
  /** Open connections of a tenant, of every kind. */
  ofTenant(tenantId: string): number;
  /** Open connections of a recipient of one kind. */
  ofRecipient(tenantId: string, recipient: string, kind: ConnectionKind): number;
}

/** Kind of a connection. `messages`: one that gets messages; `live`: one of live topics alone. */
export type ConnectionKind = 'messages' | 'live';

/** Keeps this part of a node's connections for tenants that hold less than their share. */
const RESERVED_PART = 0.1;
/** Remembers for one to two times this long that a tenant's clients came, in milliseconds. */
const SEEN_MS = 30 * 60_000;

/**
 * Shares the connections of a node among tenants. A node that has seen one tenant alone gives it all. Else
 * the last tenth is for those that hold less than an equal share: whoever holds more finds the node full.
 */
export class ConnectionRoom {
  #seen = new Set<string>();
  #formerlySeen = new Set<string>();
  #rotatedAt: number;

  /** @param now milliseconds of a clock that only grows */
  constructor(
    private readonly most: () => number,
    private readonly held: HeldConnections,
    now: number,
  ) {
    this.#rotatedAt = now;
  }

  /** Notes that a client of the tenant came, whether there is room for it or not. */
  see(tenantId: string, now: number): void {
    if (now - this.#rotatedAt >= SEEN_MS) {
      this.#formerlySeen = this.#seen;
      this.#seen = new Set();
      this.#rotatedAt = now;
    }
    this.#seen.add(tenantId);
  }

  /** @param coming connections that are about to be held, beside the one that is asked for */
  has(tenantId: string, coming: number): boolean {
    const most = this.most();
    const free = most - this.held.sockets - coming;
    if (free <= 0) return false;
    return (
      free > Math.floor(most * RESERVED_PART) || this.#isAlone(tenantId) || this.held.ofTenant(tenantId) < this.#share(tenantId)
    );
  }

  #isAlone(tenantId: string): boolean {
    return [this.#seen, this.#formerlySeen].every((seen) => seen.size === 0 || (seen.size === 1 && seen.has(tenantId)));
  }

  #share(tenantId: string): number {
    const { tenants } = this.held;
    const sharing = this.held.ofTenant(tenantId) > 0 ? tenants : tenants + 1;
    return this.most() / Math.max(2, sharing);
  }
}
