import type { UsageCounter } from '../domain/usage/usage-counter.js';

/**
 * Counts what each tenant does on this node, in memory. Implemented by `observability/tenant-usage.ts`;
 * `noUsage` counts nothing.
 *
 * Messages are counted exactly by the store itself; what it says here is for `/tenant-metrics` and for the
 * times of deliveries.
 */
export interface UsageMeter {
  count(tenantId: string, counter: UsageCounter, by?: number): void;
  /** A connection was opened. */
  opened(tenantId: string): void;
  /** A connection that was opened is gone. */
  closed(tenantId: string): void;
  /** A push was accepted. @param bytes of the text, times `messages` */
  accepted(tenantId: string, messages: number, bytes: number): void;
  globalAccepted(tenantId: string): void;
  /** A receipt settled a message. @param ms from its acceptance to the receipt */
  delivered(tenantId: string, ms: number): void;
}

export const noUsage: UsageMeter = { count() {}, opened() {}, closed() {}, accepted() {}, globalAccepted() {}, delivered() {} };
