import type { Clock } from '../../lib/time/clock.js';
import { badInput } from '../domain/errors.js';
import { quantileSeconds } from '../domain/usage/delivery-time.js';
import type { UsageCounts, UsageStore } from '../ports/stores/usage-store.js';
import { parseTimeRange, type TimeRangeInput } from '../validation/time-range.js';

interface UsageInput {
  during: TimeRangeInput;
  step: 'HOUR' | 'DAY';
}

export interface UsageEntry extends Omit<UsageCounts, 'times'> {
  from: Date;
  /** The first moment after the step. */
  to: Date;
  deliverySeconds: { p50: number; p99: number } | null;
}

interface UsageDeps {
  store: Pick<UsageStore, 'usageOf'>;
  /** Estimates the database's clock. */
  clock: Clock;
}

/** Answers at most so many steps. */
const MAX_STEPS = 1_000;
const HOUR_MS = 60 * 60 * 1000;

const NOTHING: UsageCounts = {
  accepted: 0,
  acceptedBytes: 0,
  delivered: 0,
  recalled: 0,
  expired: 0,
  globals: 0,
  liveEvents: 0,
  connects: 0,
  refused: 0,
  peakConnections: 0,
  webhookAttempts: 0,
  times: { buckets: [], counts: [] },
};

/**
 * Tells what a tenant used, step by step, oldest first: an entry for each step that the range touches.
 * @throws TidingsError BAD_USER_INPUT without a beginning, and for more than 1,000 steps
 */
export const usage =
  ({ store, clock }: UsageDeps) =>
  async (tenantId: string, { during, step }: UsageInput): Promise<UsageEntry[]> => {
    const hoursPerStep = step === 'DAY' ? 24 : 1;
    const stepMs = hoursPerStep * HOUR_MS;
    const { first, steps } = parseSteps(during, stepMs, clock.now());
    const counts = await store.usageOf(tenantId, { firstHour: first * hoursPerStep, hoursPerStep, steps });
    return counts.map((found, i) => toEntry(found ?? NOTHING, (first + i) * stepMs, stepMs));
  };

/** Finds the steps that a range touches. One that begins with the end of the range is not among them. */
function parseSteps(during: TimeRangeInput, stepMs: number, now: number): { first: number; steps: number } {
  const range = parseTimeRange('during', during);
  if (!range?.from) throw badInput('during.from', 'during.from is needed: the moment from which on usage is asked for');
  const from = range.from.getTime();
  // The caller's clock may be ahead of ours.
  const to = range.to?.getTime() ?? Math.max(from, now);
  const first = Math.floor(from / stepMs);
  const steps = Math.max(1, Math.ceil(to / stepMs) - first);
  if (steps > MAX_STEPS) throw badInput('during', `during covers ${steps} steps; at most ${MAX_STEPS} can be asked for at once`);
  return { first, steps };
}

function toEntry({ times, ...counts }: UsageCounts, from: number, stepMs: number): UsageEntry {
  const p50 = quantileSeconds(times, 0.5);
  const p99 = quantileSeconds(times, 0.99);
  return {
    from: new Date(from),
    to: new Date(from + stepMs),
    ...counts,
    deliverySeconds: p50 === null || p99 === null ? null : { p50, p99 },
  };
}
