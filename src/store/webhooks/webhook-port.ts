import type { Metrics } from '../../core/ports/metrics.js';
import type { WebhookJanitor as JanitorPort, WebhookQueue } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { WebhookStore } from '../../core/ports/stores/webhooks/webhook-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import { AttemptReader } from './attempt-reader.js';
import { AttemptRecorder } from './attempt-recorder.js';
import { DueRequests } from './due-requests.js';
import { EventGatherer } from './event-gatherer.js';
import { sendableWebhooks } from './sendable-webhooks.js';
import { senderLeases } from './sender-leases.js';
import { WebhookJanitor } from './webhook-janitor.js';
import { WebhookReplayer } from './webhook-replayer.js';
import { WebhookTable } from './webhook-table.js';

interface WebhookPortDeps {
  database: Database;
  audit: AuditLog;
  clock: Clock;
  metrics: Metrics;
  feedRetentionMs: number;
}

/** Creates the part of the store that keeps webhooks, and what is on its way to them. */
export function webhookPort({ database, audit, clock, metrics, feedRetentionMs }: WebhookPortDeps) {
  const webhooks = new WebhookTable(database, audit, clock);
  const attempts = new AttemptReader(database);
  const replayer = new WebhookReplayer(audit);
  const gatherer = new EventGatherer(database, clock);
  const due = new DueRequests(database, clock);
  const recorder = new AttemptRecorder(database);
  const janitor = new WebhookJanitor(database, clock, metrics, feedRetentionMs);
  return {
    listWebhooks: (tenantId) => webhooks.list(tenantId),
    createWebhook: (...args) => webhooks.create(...args),
    updateWebhook: (...args) => webhooks.update(...args),
    rotateWebhookSecret: (...args) => webhooks.rotate(...args),
    deleteWebhook: (...args) => webhooks.delete(...args),
    beginTest: (...args) => webhooks.beginTest(...args),
    recordTest: (...args) => attempts.recordTest(...args),
    listAttempts: (...args) => attempts.list(...args),
    replayWebhook: (...args) => replayer.replay(...args),
    ...senderLeases(database),
    sendableWebhooks: (tenantId) => sendableWebhooks(database, tenantId),
    gatherEvents: (...args) => gatherer.gather(...args),
    dueRequests: (...args) => due.find(...args),
    endAttempts: (...args) => recorder.end(...args),
    cleanUpWebhooks: () => janitor.cleanUp(),
  } satisfies WebhookStore & WebhookQueue & JanitorPort;
}
