import type { DeliveryTimes } from '../../domain/usage/delivery-time.js';
import type { UsageCounter } from '../../domain/usage/usage-counter.js';

/** Counts of one step, or of a tenant on one node. */
export interface UsageCounts extends Record<UsageCounter, number> {
  accepted: number;
  acceptedBytes: number;
  delivered: number;
  recalled: number;
  expired: number;
  globals: number;
  /** Connections that were open at once, at most. */
  peakConnections: number;
  times: DeliveryTimes;
}

/** What a node has counted for a tenant in memory. */
export interface UsageReport extends Record<UsageCounter, number> {
  tenantId: string;
  /** Minutes since 1970 by the database's clock. */
  minute: number;
  /** Connections that the node held at once in that minute, at most. */
  connections: number;
  times: DeliveryTimes;
}

export interface UsageQuery {
  /** Hours since 1970 with which the first step begins. */
  firstHour: number;
  /** Hours of a step. */
  hoursPerStep: 1 | 24;
  steps: number;
}

/** Keeps what tenants used. See docs/design/usage.md. */
export interface UsageStore {
  /**
   * Counts what a tenant used, step by step; null for a step without anything. What statements have counted
   * is there as soon as they are committed, exactly once.
   */
  usageOf(tenantId: string, query: UsageQuery): Promise<Array<UsageCounts | null>>;
  /**
   * Adds what a node has counted in memory.
   * @param node number that the node drew when it started
   */
  reportUsage(node: number, reports: readonly UsageReport[]): Promise<void>;
  /**
   * Sums up what was counted, and forgets what is older than 400 days; in bounded pieces. Any node may do it;
   * only one does at a time. `more` is true if there is more to do; null if another node is at it.
   */
  sumUpUsage(): Promise<{ more: boolean } | null>;
  /** Names the tenants that exist, by id. */
  tenantNames(ids: readonly string[]): Promise<Map<string, string>>;
}
