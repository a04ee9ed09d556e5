import { TidingsError } from '../domain/errors.js';
import type { Costs } from '../domain/tenant-limits.js';
import type { TenantLimiter } from '../ports/tenant-limiter.js';

/**
 * Makes a push within the tenant's limits. What turns out to repeat an earlier call, or surely did not take
 * place, costs nothing.
 * @throws TidingsError QUOTA_EXCEEDED, RATE_LIMITED, and what the push throws
 */
export function limitedPush<Result extends { replayed: boolean }>(
  limiter: TenantLimiter,
  tenantId: string,
  costs: () => Costs,
  push: () => Promise<Result>,
): Promise<Result> {
  return limiter.isLimited(tenantId) ? charged(limiter, tenantId, costs(), push) : push();
}

async function charged<Result extends { replayed: boolean }>(
  limiter: TenantLimiter,
  tenantId: string,
  costs: Costs,
  push: () => Promise<Result>,
): Promise<Result> {
  await limiter.requirePendingRoom(tenantId);
  await limiter.charge(tenantId, costs);
  try {
    const result = await push();
    if (result.replayed) limiter.refund(tenantId, costs);
    return result;
  } catch (error) {
    const mayHaveHappened = error instanceof TidingsError && error.details.outcome === 'UNKNOWN';
    if (!mayHaveHappened) limiter.refund(tenantId, costs);
    throw error;
  }
}
