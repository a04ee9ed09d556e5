import type { Metrics } from '../../core/ports/metrics.js';
import type { PushStore } from '../../core/ports/stores/push-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { GlobalPushWriter } from './global-push-writer.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { PendingQuota } from './pending-quota.js';
import { PushInserter } from './push-inserter.js';
import { PushWriter } from './push-writer.js';

interface PushPortDeps {
  database: Database;
  rules: MessageStatusRules;
  maxPendingPerRecipient: number;
  metrics: Metrics;
  usage: UsageMeter;
}

/** Creates the part of the store that takes pushes. */
export function pushPort({ database, rules, maxPendingPerRecipient, metrics, usage }: PushPortDeps) {
  const keys = new IdempotencyKeys(rules, database);
  const quota = new PendingQuota(database, rules, maxPendingPerRecipient);
  const inserter = new PushInserter(database, quota, keys);
  const pushes = new PushWriter({ database, quota, inserter, metrics, usage });
  const globalPushes = new GlobalPushWriter(database, keys, { metrics, usage });
  return {
    replay: (...args) => keys.replay(...args),
    push: (call) => pushes.push(call),
    pushGlobal: (call) => globalPushes.push(call),
  } satisfies PushStore;
}
