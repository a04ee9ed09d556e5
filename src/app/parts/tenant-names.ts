import type { UsageStore } from '../../core/ports/stores/usage-store.js';
import { OTHERS, type TotalsByName } from '../../observability/tenant-metrics.js';
import type { TenantUsage } from '../../observability/tenant-usage.js';

/**
 * Names what tenants did on this process. A tenant's name never changes, so each is asked for once; while the
 * database is away, and of tenants that are gone, the id stands for it.
 */
export function nameTotals(
  usage: Pick<TenantUsage, 'totals'>,
  store: Pick<UsageStore, 'tenantNames'>,
): () => Promise<TotalsByName> {
  const names = new Map<string, string>();
  return async () => {
    const { byTenant, others } = usage.totals;
    const unknown = [...byTenant.keys()].filter((id) => !names.has(id));
    const found = await store.tenantNames(unknown).catch(() => new Map<string, string>());
    for (const [id, name] of found) names.set(id, name);
    return [...[...byTenant].map(([id, totals]) => [names.get(id) ?? id, totals] as const), [OTHERS, others] as const];
  };
}
