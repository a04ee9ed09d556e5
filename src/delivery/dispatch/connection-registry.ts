import { recipientHash } from '../../core/domain/message-ids.js';
import type { HeldRecipient, HeldRecipients } from '../../core/ports/stores/delivery-store.js';
import type { AdmittedSocket } from '../connection/admitted-socket.js';
import type { Connection } from '../connection/connection.js';
import type { Outgoing } from '../outbound/frame-encoder.js';
import type { BusSubscription } from './bus-subscription.js';

/** Holds a recipient's connections here. */
export interface RecipientEntry {
  readonly recipient: string;
  readonly tenant: TenantEntry;
  readonly connections: Connection[];
  subscription: BusSubscription | null;
}

/** Carries one broadcast to the connections of a tenant. */
export interface Broadcast {
  readonly item: Outgoing;
  /**
   * Leaves out connections that were opened at this moment or later, by the database's clock; null leaves out
   * none.
   */
  readonly openedBefore: number | null;
}

/** Holds a tenant's connections here. */
export interface TenantEntry {
  readonly tenantId: string;
  readonly recipients: Map<string, RecipientEntry>;
  readonly connections: Set<Connection>;
  /** Counts its connections of every kind. */
  size: number;
  /** Sockets that a revocation concerns, those of live topics too, by {@link recipientHash}. */
  readonly sockets: Map<string, AdmittedSocket[]>;
  subscription: BusSubscription | null;
  /** Broadcasts that not every connection has been offered yet; the first has the number `logStart`. */
  log: Broadcast[];
  logStart: number;
  /**
   * Events that wait for the text of a global message that did not fit on the bus; null while none is read.
   */
  gate: Array<() => void> | null;
}

/** Knows which connections this node holds. */
export class ConnectionRegistry {
  readonly #tenants = new Map<string, TenantEntry>();
  #size = 0;
  /** Exceeds the number of any broadcast of a tenant that is held no more, so that no number comes back. */
  #firstNumber = 0;

  /** Counts connections of every kind. */
  get size(): number {
    return this.#size;
  }

  get tenantCount(): number {
    return this.#tenants.size;
  }

  tenants(): IterableIterator<TenantEntry> {
    return this.#tenants.values();
  }

  tenant(tenantId: string): TenantEntry | undefined {
    return this.#tenants.get(tenantId);
  }

  /** Lists recipients for a sweep. A walk through them meets whoever is there throughout. */
  held(): HeldRecipients {
    const tenants = this.#tenants;
    let count = 0;
    const tenantIds: string[] = [];
    for (const { tenantId, recipients } of tenants.values()) {
      if (recipients.size === 0) continue;
      tenantIds.push(tenantId);
      count += recipients.size;
    }
    return {
      tenantIds,
      count,
      has: (tenantId, recipient) => tenants.get(tenantId)?.recipients.has(recipient) === true,
      *[Symbol.iterator]() {
        for (const { tenantId, recipients } of tenants.values())
          for (const recipient of recipients.keys()) yield { tenantId, recipient };
      },
    };
  }

  /** Lists recipients with a connection that was opened at that moment, by the database's clock, or later. */
  openedSince(tenantId: string, at: number): HeldRecipient[] {
    const opened: HeldRecipient[] = [];
    for (const { admitted, claims } of this.#tenants.get(tenantId)?.connections ?? [])
      if (admitted.openedAt >= at) opened.push({ tenantId, recipient: claims.recipient });
    return opened;
  }

  connections(tenantId: string, recipient: string): readonly Connection[] {
    return this.#tenants.get(tenantId)?.recipients.get(recipient)?.connections ?? [];
  }

  /** Counts a recipient's connections of every kind. */
  sockets(tenantId: string, recipient: string): number {
    return this.#tenants.get(tenantId)?.sockets.get(recipientHash(recipient))?.length ?? 0;
  }

  add(socket: AdmittedSocket): TenantEntry {
    const { tenantId, recipient } = socket.claims;
    let tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = {
        tenantId,
        recipients: new Map(),
        connections: new Set(),
        size: 0,
        sockets: new Map(),
        subscription: null,
        log: [],
        logStart: this.#firstNumber,
        gate: null,
      };
      this.#tenants.set(tenantId, tenant);
    }
    const hash = recipientHash(recipient);
    const sockets = tenant.sockets.get(hash);
    if (sockets) sockets.push(socket);
    else tenant.sockets.set(hash, [socket]);
    tenant.size++;
    this.#size++;
    return tenant;
  }

  addConnection(connection: Connection): RecipientEntry {
    const tenant = this.add(connection.admitted);
    const { recipient } = connection.claims;
    let entry = tenant.recipients.get(recipient);
    if (entry === undefined) {
      entry = { recipient, tenant, connections: [], subscription: null };
      tenant.recipients.set(recipient, entry);
    }
    entry.connections.push(connection);
    connection.backlog.broadcast = tenant.logStart + tenant.log.length;
    tenant.connections.add(connection);
    return entry;
  }

  /** Returns the connection that spoke on it; null if it was one of live topics, or is held no more. */
  remove(socket: AdmittedSocket): Connection | null {
    const { tenantId, recipient } = socket.claims;
    const tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) return null;
    const hash = recipientHash(recipient);
    const sockets = tenant.sockets.get(hash);
    const index = sockets?.indexOf(socket) ?? -1;
    if (sockets === undefined || index === -1) return null;
    sockets.splice(index, 1);
    tenant.size--;
    this.#size--;
    if (sockets.length === 0) tenant.sockets.delete(hash);
    const connection = this.#removeConnection(tenant, socket);
    if (tenant.sockets.size === 0) this.#removeTenant(tenant);
    return connection;
  }

  #removeTenant(tenant: TenantEntry): void {
    tenant.subscription?.release();
    this.#tenants.delete(tenant.tenantId);
    this.#firstNumber = Math.max(this.#firstNumber, tenant.logStart + tenant.log.length);
  }

  #removeConnection(tenant: TenantEntry, socket: AdmittedSocket): Connection | null {
    const entry = tenant.recipients.get(socket.claims.recipient);
    const connection = entry?.connections.find(({ admitted }) => admitted === socket);
    if (entry === undefined || connection === undefined) return null;
    tenant.connections.delete(connection);
    entry.connections.splice(entry.connections.indexOf(connection), 1);
    if (entry.connections.length > 0) return connection;
    entry.subscription?.release();
    tenant.recipients.delete(entry.recipient);
    return connection;
  }
}
