import { tenantChannel } from '../core/ports/message-bus.js';
import { noMetrics } from '../core/ports/metrics.js';
import { withClient } from '../store/database/migrations.js';
import type { ConfigWithDatabase, Surroundings, Tenancy } from './contracts.js';
import { openBus, openStore } from './parts/resources.js';

/** Opens what tenants and keys are managed with, beside the nodes. */
export async function openTenancy(config: ConfigWithDatabase, { logger }: Pick<Surroundings, 'logger'>): Promise<Tenancy> {
  const observers = { logger, metrics: noMetrics };
  const { store } = openStore(config, observers);
  const bus = config.redis.url === null ? null : openBus(config, observers).bus;
  return {
    tenants: store,
    keys: store,
    databaseTime: () => databaseTime(config.store.databaseUrl),
    announceDisabled: async (tenantId) => {
      await bus?.publish([{ channel: tenantChannel(tenantId), event: { type: 'tenant-disabled' } }]);
    },
    async close() {
      await bus?.close();
      await store.close();
    },
  };
}

const databaseTime = (url: string): Promise<Date> =>
  withClient(url, async (client) => (await client.query<{ now: Date }>('SELECT now() AS now')).rows[0]?.now ?? new Date());
