import type { LiveDirectory } from '../core/ports/live-directory.js';
import type { Logger } from '../core/ports/logger.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { RecipientNames } from '../core/ports/recipient-names.js';
import type { ApiKeyStore } from '../core/ports/stores/api-key-store.js';
import type { StatusFeedStore, StatusFeedWork } from '../core/ports/stores/feed/status-feed-store.js';
import type { LimitStore } from '../core/ports/stores/limit-store.js';
import type { ManagedKeyStore } from '../core/ports/stores/managed-key-store.js';
import type { MessageStore } from '../core/ports/stores/message-store.js';
import type { TenantStore } from '../core/ports/stores/tenant-store.js';
import type { UsageStore } from '../core/ports/stores/usage-store.js';
import type { WebhookJanitor, WebhookQueue } from '../core/ports/stores/webhooks/webhook-queue.js';
import type { WebhookStore } from '../core/ports/stores/webhooks/webhook-store.js';
import { noUsage, type UsageMeter } from '../core/ports/usage-meter.js';
import type { Clock } from '../lib/time/clock.js';
import { activityPort } from './activity/activity-port.js';
import { AuditKeys } from './audit/audit-keys.js';
import { AuditLog } from './audit/audit-log.js';
import { auditPort } from './audit/audit-port.js';
import { Database } from './database/database.js';
import { DatabaseClock } from './database/database-clock.js';
import { readStatusOn } from './database/migrations.js';
import { MessageStatusRules } from './message-status.js';
import { pendingPort } from './pending/pending-port.js';
import { pushPort } from './push/push-port.js';
import { queryPort } from './query/query-port.js';
import { settlementPort } from './settlement/settlement-port.js';
import { statusFeedPort } from './status-feed/status-feed-port.js';
import { PrismaReads } from './tenancy/prisma-reads.js';
import { tenancyPort } from './tenancy/tenancy-port.js';
import { usagePort } from './usage/usage-port.js';
import { webhookPort } from './webhooks/webhook-port.js';
import { refuseWhileWebhooks } from './webhooks/webhook-table.js';

export interface StoreOptions {
  databaseUrl: string;
  /** Connections, at most. */
  poolMax: number;
  maxPendingPerRecipient: number;
  messageRetentionMs: number;
  auditRetentionMs: number;
  /** 0 keeps no activity. */
  activityRetentionMs: number;
  statusFeedRetentionMs: number;
  metrics: Metrics;
  /** Counts what tenants do. Default: nothing does. */
  usage?: UsageMeter;
  logger: Logger;
}

export interface Store
  extends RecipientNames,
    MessageStore,
    TenantStore,
    ApiKeyStore,
    ManagedKeyStore,
    UsageStore,
    LimitStore,
    StatusFeedStore,
    StatusFeedWork,
    WebhookStore,
    WebhookQueue,
    WebhookJanitor {
  /** Resolves once `clock` has its first sample, or the database turned out to be away. */
  readonly ready: Promise<void>;
  /** Estimates the database's clock. */
  readonly clock: Clock;
  /** Keeps what tenants have written down about their live topics. */
  readonly directory: LiveDirectory;
  /** False from a failure to reach a writable database to the next success. */
  readonly available: boolean;
  /** Names the migrations of a folder that the database lacks. Asks on a connection of the pool. */
  missingMigrations(folder: string): Promise<readonly string[]>;
  /** Waits for statements under way. */
  close(): Promise<void>;
}

/**
 * Creates the store on PostgreSQL, embedded or not. Needs no reachable database: calls fail while it is away,
 * and work once it is back.
 *
 * Each sub-room contributes a port: the methods of the store that it implements. A new method
 * is added there, not here.
 */
export function createStore(options: StoreOptions): Store {
  const { databaseUrl, poolMax, maxPendingPerRecipient, messageRetentionMs, activityRetentionMs, auditRetentionMs } = options;
  const { metrics, logger, usage = noUsage, statusFeedRetentionMs } = options;
  const database = new Database({ databaseUrl, poolMax, metrics, logger });
  const clock = new DatabaseClock(database);
  const ready = clock.start();
  const auditKeys = new AuditKeys(database);
  const audit = new AuditLog(database, auditKeys, clock);
  const prisma = new PrismaReads(database);
  const rules = new MessageStatusRules(messageRetentionMs);
  const statusFeed = statusFeedPort({
    database,
    audit,
    rules,
    retentionMs: statusFeedRetentionMs,
    metrics,
    switchOffRules: [refuseWhileWebhooks],
  });
  return {
    ...pushPort({ database, rules, maxPendingPerRecipient, metrics, usage }),
    ...queryPort({ database, rules, clock }),
    ...pendingPort({ database, rules, metrics }),
    ...settlementPort({ database, audit, rules, metrics, usage }),
    ...statusFeed.methods,
    ...usagePort(database),
    ...activityPort({ database, rules, retentionMs: activityRetentionMs, maxPending: maxPendingPerRecipient }),
    ...tenancyPort({ prisma, database, audit, clock, metrics }),
    ...auditPort({ database, audit, keys: auditKeys, auditRetentionMs }),
    ...webhookPort({ database, audit, clock, metrics, feedRetentionMs: statusFeedRetentionMs }),
    ready,
    clock,
    get available() {
      return database.available;
    },
    async missingMigrations(folder) {
      const { missing } = await database.lend((client) => readStatusOn(client, databaseUrl, folder));
      return missing;
    },
    async close() {
      clock.close();
      statusFeed.close();
      await prisma.close();
      await database.close();
    },
  };
}
