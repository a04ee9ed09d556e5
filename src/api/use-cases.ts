import type { LiveTopics } from '../core/ports/live-topics.js';
import type { MessageBus } from '../core/ports/message-bus.js';
import type { RecipientTokens } from '../core/ports/recipient-tokens.js';
import type { ActivityStore } from '../core/ports/stores/activity-store.js';
import type { AuditStore } from '../core/ports/stores/audit-store.js';
import type { StatusFeedStore } from '../core/ports/stores/feed/status-feed-store.js';
import type { ManagedKeyStore } from '../core/ports/stores/managed-key-store.js';
import type { PushStore } from '../core/ports/stores/push-store.js';
import type { QueryStore } from '../core/ports/stores/query-store.js';
import type { RecallStore } from '../core/ports/stores/recall-store.js';
import type { RevocationStore } from '../core/ports/stores/revocation-store.js';
import type { UsageStore } from '../core/ports/stores/usage-store.js';
import type { WebhookStore } from '../core/ports/stores/webhooks/webhook-store.js';
import type { TenantLimiter } from '../core/ports/tenant-limiter.js';
import type { SecretBox } from '../core/ports/webhooks/secret-box.js';
import type { WebhookTester } from '../core/ports/webhooks/webhook-tester.js';
import { auditLog } from '../core/use-cases/audit-log.js';
import { cancelMessages } from '../core/use-cases/cancel-messages.js';
import { eraseRecipient } from '../core/use-cases/erase-recipient.js';
import { globalMessages } from '../core/use-cases/global-messages.js';
import { apiKeys } from '../core/use-cases/keys/api-keys.js';
import { createApiKey, type RootFields } from '../core/use-cases/keys/create-api-key.js';
import { currentKey } from '../core/use-cases/keys/current-key.js';
import { revokeApiKey } from '../core/use-cases/keys/revoke-api-key.js';
import { alertRules } from '../core/use-cases/live/alert-rules.js';
import { createAlertRule } from '../core/use-cases/live/create-alert-rule.js';
import { createTopic } from '../core/use-cases/live/create-topic.js';
import { deleteAlertRule } from '../core/use-cases/live/delete-alert-rule.js';
import { destroyTopic } from '../core/use-cases/live/destroy-topic.js';
import { eventRules } from '../core/use-cases/live/event-rules.js';
import { publishEvents } from '../core/use-cases/live/publish-events.js';
import { setEventRule } from '../core/use-cases/live/set-event-rule.js';
import { topics } from '../core/use-cases/live/topics.js';
import { message } from '../core/use-cases/message.js';
import { messageCounts } from '../core/use-cases/message-counts.js';
import { messages } from '../core/use-cases/messages.js';
import { recipients } from '../core/use-cases/presence/recipients.js';
import { pushGlobalMessage } from '../core/use-cases/push-global-message.js';
import { pushMessage } from '../core/use-cases/push-message.js';
import { recipient } from '../core/use-cases/recipient.js';
import { registerRecipient } from '../core/use-cases/register-recipient.js';
import { revokeRecipient } from '../core/use-cases/revoke-recipient.js';
import { followStatusEvents } from '../core/use-cases/status-feed/follow-status-events.js';
import { setStatusFeed } from '../core/use-cases/status-feed/set-status-feed.js';
import { statusEvents } from '../core/use-cases/status-feed/status-events.js';
import { statusFeed } from '../core/use-cases/status-feed/status-feed.js';
import { usage } from '../core/use-cases/usage.js';
import { createWebhook } from '../core/use-cases/webhooks/create-webhook.js';
import { deleteWebhook } from '../core/use-cases/webhooks/delete-webhook.js';
import { replayWebhook } from '../core/use-cases/webhooks/replay-webhook.js';
import { rotateWebhookSecret } from '../core/use-cases/webhooks/rotate-webhook-secret.js';
import { testWebhook } from '../core/use-cases/webhooks/test-webhook.js';
import { updateWebhook } from '../core/use-cases/webhooks/update-webhook.js';
import { webhookAttempts } from '../core/use-cases/webhooks/webhook-attempts.js';
import { webhooks } from '../core/use-cases/webhooks/webhooks.js';
import type { PageTokens } from '../core/validation/page-token.js';
import type { AddressPolicy } from '../core/validation/webhook/address-policy.js';
import type { Clock } from '../lib/time/clock.js';
import type { Timers } from '../lib/time/timers.js';

export interface UseCaseDeps {
  store: PushStore &
    QueryStore &
    RecallStore &
    RevocationStore &
    AuditStore &
    ManagedKeyStore &
    WebhookStore &
    Pick<UsageStore, 'usageOf'> &
    StatusFeedStore &
    Omit<ActivityStore, 'recordActivity'>;
  bus: MessageBus;
  tokens: Pick<RecipientTokens, 'issue'>;
  pageTokens: PageTokens;
  /** Gives the database's time. */
  clock: Clock;
  /** Gives the node's own time. */
  timers: Timers;
  /** Base of connection URIs, without a trailing slash. */
  publicDeliveryUrl: string;
  /** Default and longest life of a recipient token, in milliseconds. */
  tokenTtlMs: number;
  /** Keeps activity for so long, in milliseconds; 0: not at all. */
  activityRetentionMs: number;
  /** Version of the package. */
  version: string;
  live: LiveTopics;
  /** Everything that a scope can grant by name. */
  rootFields: RootFields;
  limiter: TenantLimiter;
  /** Encrypts the secrets of webhooks. */
  secretBox: Pick<SecretBox, 'seal'>;
  webhookTester: WebhookTester;
  /** What webhooks may reach. */
  webhookPolicy: AddressPolicy;
}

export type UseCases = ReturnType<typeof createUseCases>;

/** Makes everything that the API can do: one entry per root field of the schema, under its name. */
export const createUseCases = (deps: UseCaseDeps) => ({
  version: () => deps.version,
  message: message(deps),
  messages: messages(deps),
  recipient: recipient(deps),
  recipients: recipients(deps),
  globalMessages: globalMessages(deps),
  auditLog: auditLog(deps),
  messageCounts: messageCounts(deps),
  registerRecipient: registerRecipient(deps),
  pushMessage: pushMessage(deps),
  pushGlobalMessage: pushGlobalMessage(deps),
  cancelMessages: cancelMessages(deps),
  revokeRecipient: revokeRecipient(deps),
  eraseRecipient: eraseRecipient(deps),
  usage: usage(deps),
  statusEvents: statusEvents(deps),
  statusFeed: statusFeed(deps),
  setStatusFeed: setStatusFeed(deps),
  followStatusEvents: followStatusEvents(deps),
  publishEvents: publishEvents(deps),
  topics: topics(deps),
  createTopic: createTopic(deps),
  destroyTopic: destroyTopic(deps),
  eventRules: eventRules(deps),
  setEventRule: setEventRule(deps),
  alertRules: alertRules(deps),
  createAlertRule: createAlertRule(deps),
  deleteAlertRule: deleteAlertRule(deps),
  currentKey: currentKey(deps),
  apiKeys: apiKeys(deps),
  createApiKey: createApiKey(deps),
  revokeApiKey: revokeApiKey(deps),
  webhooks: webhooks(deps),
  webhookAttempts: webhookAttempts(deps),
  createWebhook: createWebhook(deps),
  updateWebhook: updateWebhook(deps),
  rotateWebhookSecret: rotateWebhookSecret(deps),
  deleteWebhook: deleteWebhook(deps),
  testWebhook: testWebhook(deps),
  replayWebhook: replayWebhook(deps),
});
