import type { OwnLimits } from '../../domain/tenant-limits.js';

/** Facts by which a tenant's limits are kept. */
export interface LimitStore {
  /** Reads the operator's word about a tenant; null if there is none, or no such tenant. */
  ownLimits(tenantId: string): Promise<OwnLimits | null>;
  /** Counts a tenant's pending messages, up to `atMost`. Its cost follows what is counted. */
  countPending(tenantId: string, atMost: number): Promise<number>;
}
