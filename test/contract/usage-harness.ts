import type { UsageCounts, UsageReport } from '../../src/core/ports/stores/usage-store.js';
import type { Store } from '../../src/store/index.js';
import { HOUR_MS } from './store-harness.js';

const NUMBERS = [
  ...(['accepted', 'acceptedBytes', 'delivered', 'recalled', 'expired', 'globals'] as const),
  ...(['liveEvents', 'connects', 'refused', 'webhookAttempts'] as const),
];

export const hourNow = (store: Store): number => Math.floor(store.clock.now() / HOUR_MS);

/** Adds up what a tenant used in the hours around now: a test may run when one ends. */
export async function usedBy(store: Store, tenantId: string): Promise<Record<(typeof NUMBERS)[number], number>> {
  const hours = await store.usageOf(tenantId, { firstHour: hourNow(store) - 1, hoursPerStep: 1, steps: 3 });
  return total(hours);
}

/** Adds up steps, but for peaks and times. */
export function total(steps: ReadonlyArray<UsageCounts | null>): Record<(typeof NUMBERS)[number], number> {
  const entries = NUMBERS.map((name) => [name, steps.reduce((sum, step) => sum + (step?.[name] ?? 0), 0)] as const);
  return Object.fromEntries(entries) as Record<(typeof NUMBERS)[number], number>;
}

/** Sums up until nothing is left. */
export async function sumUp(store: Store): Promise<void> {
  while ((await store.sumUpUsage())?.more !== false);
}

export const usageReport = (tenantId: string, minute: number, rest: Partial<UsageReport> = {}): UsageReport => ({
  ...{ tenantId, minute, connections: 0, connects: 0, refused: 0, liveEvents: 0, webhookAttempts: 0 },
  times: { buckets: [], counts: [] },
  ...rest,
});
