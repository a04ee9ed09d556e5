import type { Metrics } from '../../core/ports/metrics.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { RecallStore } from '../../core/ports/stores/recall-store.js';
import type { RetentionStore } from '../../core/ports/stores/retention-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { GlobalRowWriter } from './global-row-writer.js';
import { MessageCanceller } from './message-canceller.js';
import { ReceiptWriter } from './receipt-writer.js';
import { RetentionCleaner } from './retention-cleaner.js';

interface SettlementPortDeps {
  database: Database;
  audit: AuditLog;
  rules: MessageStatusRules;
  metrics: Metrics;
  usage: UsageMeter;
}

/** Creates the part of the store that moves statuses. See docs/design/settlement.md. */
export function settlementPort({ database, audit, rules, metrics, usage }: SettlementPortDeps) {
  const observers = { metrics, usage };
  const receipts = new ReceiptWriter(database, rules, observers);
  const globalRows = new GlobalRowWriter(database, rules.retentionMs, observers);
  const canceller = new MessageCanceller(audit, rules, metrics);
  const cleaner = new RetentionCleaner(database, rules, metrics);
  return {
    settle: (settled) => receipts.settle(settled),
    recordGlobals: (...args) => globalRows.record(...args),
    cancel: (...args) => canceller.cancel(...args),
    cleanUp: () => cleaner.cleanUp(),
  } satisfies RecallStore & Pick<RetentionStore, 'cleanUp'> & Partial<DeliveryStore>;
}
