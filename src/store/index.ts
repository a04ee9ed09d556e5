import { PrismaPg } from '@prisma/adapter-pg';
import { TidingsError } from '../core/domain/errors.js';
import type { GlobalMessage } from '../core/domain/message.js';
import type { LiveDirectory } from '../core/ports/live-directory.js';
import type { Logger } from '../core/ports/logger.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { ApiKeyStore } from '../core/ports/stores/api-key-store.js';
import type { DeliveryStore } from '../core/ports/stores/delivery-store.js';
import type { Idempotency, PushEntry, PushStore } from '../core/ports/stores/push-store.js';
import type { QueryStore } from '../core/ports/stores/query-store.js';
import type { RecallStore } from '../core/ports/stores/recall-store.js';
import type { RetentionStore } from '../core/ports/stores/retention-store.js';
import type { RevocationStore } from '../core/ports/stores/revocation-store.js';
import type { TenantStore } from '../core/ports/stores/tenant-store.js';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Clock } from '../lib/time/clock.js';
import { Database } from './database/database.js';
import { DatabaseClock } from './database/database-clock.js';
import { MessageStatusRules } from './message-status.js';
import { GlobalReader } from './pending/global-reader.js';
import { PendingFinder } from './pending/pending-finder.js';
import { PendingReader } from './pending/pending-reader.js';
import { TokenStandingReader } from './pending/token-standing-reader.js';
import { GlobalPushWriter } from './push/global-push-writer.js';
import { IdempotencyKeys } from './push/idempotency-keys.js';
import { PendingQuota } from './push/pending-quota.js';
import { PushWriter } from './push/push-writer.js';
import { MessageQueries } from './query/message-queries.js';
import { GlobalRowWriter } from './settlement/global-row-writer.js';
import { MessageCanceller } from './settlement/message-canceller.js';
import { ReceiptWriter } from './settlement/receipt-writer.js';
import { RetentionCleaner } from './settlement/retention-cleaner.js';
import { ApiKeyTable } from './tenancy/api-key-table.js';
import { LiveDirectoryTables } from './tenancy/live-directory-tables.js';
import { Revocations } from './tenancy/revocations.js';
import { Tenants } from './tenancy/tenants.js';

export interface StoreOptions {
  databaseUrl: string;
  /** Connections, at most. */
  poolMax: number;
  maxPendingPerRecipient: number;
  messageRetentionMs: number;
  metrics: Metrics;
  logger: Logger;
}

export interface Store
  extends PushStore,
    QueryStore,
    RecallStore,
    RevocationStore,
    DeliveryStore,
    RetentionStore,
    TenantStore,
    ApiKeyStore {
  /** Resolves once `clock` has its first sample, or the database turned out to be away. */
  readonly ready: Promise<void>;
  /** An estimate of the database's clock. */
  readonly clock: Clock;
  /** What tenants have written down about their live topics. */
  readonly directory: LiveDirectory;
  /** False from a failure to reach a writable database to the next success. */
  readonly available: boolean;
  /** Waits for statements under way. */
  close(): Promise<void>;
}

/** The store on PostgreSQL, embedded or not. Needs no reachable database: what is asked while it is away fails, and works once it is back. */
export function createStore(options: StoreOptions): Store {
  const { databaseUrl, poolMax, maxPendingPerRecipient, messageRetentionMs, metrics, logger } = options;
  const database = new Database({ databaseUrl, poolMax, metrics, logger });
  const clock = new DatabaseClock(database);
  const ready = clock.start();
  const prisma = new PrismaClient({ adapter: new PrismaPg(database.pool) });
  const rules = new MessageStatusRules(messageRetentionMs);
  const keys = new IdempotencyKeys(rules, database);
  const pushes = new PushWriter(database, new PendingQuota(database, rules, maxPendingPerRecipient), keys, metrics);
  const globalPushes = new GlobalPushWriter(database, keys, metrics);
  const queries = new MessageQueries(database, rules, clock);
  const canceller = new MessageCanceller(database, rules, metrics);
  const revocations = new Revocations(database);
  const standings = new TokenStandingReader(database);
  const pending = new PendingReader(database, rules, metrics);
  const finder = new PendingFinder(database, rules);
  const globals = new GlobalReader(database, messageRetentionMs);
  const receipts = new ReceiptWriter(database, rules, metrics);
  const globalRows = new GlobalRowWriter(database, messageRetentionMs, metrics);
  const janitor = new RetentionCleaner(database, rules, metrics);
  const tenants = new Tenants(prisma, database, clock);
  const apiKeys = new ApiKeyTable(prisma, database, clock);

  return {
    ready,
    clock,
    directory: new LiveDirectoryTables(prisma, database),
    get available() {
      return database.available;
    },
    async close() {
      clock.close();
      await prisma.$disconnect();
      await database.close();
    },

    replay: (tenantId, idempotency) => replay(keys, tenantId, idempotency),
    push: (call) => pushes.push(call),
    pushGlobal: (call) => globalPushes.push(call),

    findMessage: (...args) => queries.findMessage(...args),
    listMessages: (...args) => queries.listMessages(...args),
    listGlobalMessages: (...args) => queries.listGlobalMessages(...args),

    cancel: (...args) => canceller.cancel(...args),

    readRevocation: (...args) => standings.readRevocation(...args),
    revoke: (...args) => revocations.revoke(...args),
    erase: (...args) => revocations.erase(...args),

    standing: (...args) => standings.standing(...args),
    pending: (request) => pending.page(request),
    findSendable: (...args) => pending.find(...args),
    unsentGlobals: (...args) => globals.unsent(...args),
    findGlobal: (...args) => globals.find(...args),
    globalsSince: (...args) => globals.since(...args),
    settle: (settled) => receipts.settle(settled),
    recordGlobals: (...args) => globalRows.record(...args),
    findPending: (look) => finder.find(look),
    revocationsSince: (...args) => revocations.since(...args),

    cleanUp: () => janitor.cleanUp(),

    createTenant: (name) => tenants.createTenant(name),
    listTenants: () => tenants.listTenants(),
    findTenant: (name) => tenants.findTenant(name),
    disableTenant: (name) => tenants.disableTenant(name),
    deleteTenant: (...args) => tenants.deleteTenant(...args),
    createKey: (key) => apiKeys.createKey(key),
    listKeys: (tenantId) => apiKeys.listKeys(tenantId),
    revokeKey: (id) => apiKeys.revokeKey(id),
    findKey: (hash) => apiKeys.findKey(hash),
    touchKey: (keyId) => apiKeys.touchKey(keyId),
    ensureBootstrapKey: (...args) => apiKeys.ensureBootstrapKey(...args),
  };
}

async function replay(
  keys: IdempotencyKeys,
  tenantId: string,
  idempotency: Idempotency,
): Promise<PushEntry[] | GlobalMessage | null> {
  const found = await keys.replay({ tenantId, idempotency });
  if (found === null || found instanceof TidingsError) return null;
  return 'entries' in found ? found.entries : found.global;
}
