import { type AuditNote, outcomeOf } from '../core/domain/audit.js';
import { type BusEvent, tenantChannel } from '../core/ports/message-bus.js';
import { noMetrics } from '../core/ports/metrics.js';
import type { AuditStore } from '../core/ports/stores/audit-store.js';
import { ALL_TOKENS } from '../core/ports/stores/delivery-store.js';
import { withClient } from '../store/database/migrations.js';
import type { CommandSubject, ConfigWithDatabase, Surroundings, Tenancy } from './contracts.js';
import { openBus, openStore } from './parts/resources.js';

/** Opens what tenants and keys are managed with, beside the nodes. */
export async function openTenancy(config: ConfigWithDatabase, { logger }: Pick<Surroundings, 'logger'>): Promise<Tenancy> {
  const observers = { logger, metrics: noMetrics };
  const { store } = openStore(config, observers);
  const bus = config.redis.url === null ? null : openBus(config, observers).bus;
  const announce = async (tenantId: string, event: BusEvent) => {
    await bus?.publish([{ channel: tenantChannel(tenantId), event }]);
  };
  return {
    tenants: store,
    keys: store,
    audit: store,
    audited: (command, subject, work) => audited(store, command, subject, work),
    usage: store,
    databaseTime: () => databaseTime(config.store.databaseUrl),
    announceDisabled: (tenantId) => announce(tenantId, { type: 'tenant-disabled' }),
    announceDeleted: (tenantId) => announce(tenantId, { type: 'revoked', ...ALL_TOKENS }),
    async close() {
      await bus?.close();
      await store.close();
    },
  };
}

async function audited<T>(
  store: AuditStore,
  command: string,
  { names = {}, severalSteps = false }: CommandSubject,
  work: (note: AuditNote) => Promise<T>,
): Promise<T> {
  const nobody = { tenantId: null, apiKeyId: null, keyPrefix: null, keyName: null, address: null, requestId: null };
  const note = store.openNote({ ...nobody, operation: `cli.${command}`, subject: { names }, severalSteps });
  try {
    const result = await work(note);
    if (note.state === 'begun') await store.closeNote(note, 'DONE', null);
    return result;
  } catch (error) {
    const { outcome, code } = outcomeOf(error, note);
    // Whoever ran the command hears of its failure; the log has it where it belongs to a tenant.
    if (note.tenantId !== null) await store.closeNote(note, outcome, code).catch(() => {});
    throw error;
  }
}

const databaseTime = (url: string): Promise<Date> =>
  withClient(url, async (client) => (await client.query<{ now: Date }>('SELECT now() AS now')).rows[0]?.now ?? new Date());
