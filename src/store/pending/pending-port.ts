import type { Metrics } from '../../core/ports/metrics.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { LimitStore } from '../../core/ports/stores/limit-store.js';
import type { RevocationStore } from '../../core/ports/stores/revocation-store.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { GlobalReader } from './global-reader.js';
import { PendingCount } from './pending-count.js';
import { PendingFinder } from './pending-finder.js';
import { PendingReader } from './pending-reader.js';
import { TokenStandingReader } from './token-standing-reader.js';

interface PendingPortDeps {
  database: Database;
  rules: MessageStatusRules;
  metrics: Metrics;
}

/** Creates the part of the store that delivery nodes read. */
export function pendingPort({ database, rules, metrics }: PendingPortDeps) {
  const standings = new TokenStandingReader(database);
  const pending = new PendingReader(database, rules, metrics);
  const finder = new PendingFinder(database, rules);
  const counts = new PendingCount(database, rules);
  const globals = new GlobalReader(database, rules.retentionMs);
  return {
    standing: (...args) => standings.standing(...args),
    readRevocation: (...args) => standings.readRevocation(...args),
    pending: (request) => pending.page(request),
    findSendable: (...args) => pending.find(...args),
    findPending: (look) => finder.find(look),
    countPending: (...args) => counts.count(...args),
    unsentGlobals: (...args) => globals.unsent(...args),
    findGlobal: (...args) => globals.find(...args),
    globalsSince: (...args) => globals.since(...args),
  } satisfies Partial<DeliveryStore & RevocationStore & LimitStore>;
}
