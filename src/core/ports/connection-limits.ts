import type { OwnLimits } from '../domain/tenant-limits.js';

/** Keeps the limits of tenants' open connections, counted over all nodes. */
export interface ConnectionLimits {
  /** Tells how to count a tenant's open connections on this node. */
  countHeld(held: (tenantId: string) => number): void;
  /**
   * Gets ready to judge a handshake, with what its look-up said about the tenant. Undefined: it is; waits a
   * moment at most, and never rejects.
   */
  prepare(tenantId: string, own: OwnLimits | null): Promise<void> | undefined;
  /**
   * Judges by what this node holds now, and by what the others reported in the last 3 s. Counts a refusal.
   */
  isFull(tenantId: string): boolean;
  /** Takes note that a connection of the tenant has come or gone here. */
  changed(tenantId: string): void;
}

/** Limits nobody. */
export const noConnectionLimits: ConnectionLimits = {
  countHeld() {},
  prepare: () => undefined,
  isFull: () => false,
  changed() {},
};
