import type { MessageBus } from '../core/bus.js';
import type { Clock } from '../core/clock.js';
import {
  createCreateAlertRule,
  createCreateTopic,
  createDeleteAlertRule,
  createDestroyTopic,
  createListAlertRules,
  createListEventRules,
  createListTopics,
  createSetEventRule,
  type DirectoryDeps,
} from '../core/live/use-cases/directory.js';
import { createPublishEvents, type EventPublishing } from '../core/live/use-cases/publish-events.js';
import type { PushStore, QueryStore, RecallStore, RevocationStore } from '../core/message-store.js';
import type { RecipientTokens } from '../core/recipient-token.js';
import { createCancelMessages } from '../core/use-cases/cancel-messages.js';
import { createEraseRecipient } from '../core/use-cases/erase-recipient.js';
import { createFindMessage } from '../core/use-cases/find-message.js';
import { createListGlobalMessages } from '../core/use-cases/list-global-messages.js';
import { createListMessages } from '../core/use-cases/list-messages.js';
import { createPushGlobalMessage } from '../core/use-cases/push-global-message.js';
import { createPushMessage } from '../core/use-cases/push-message.js';
import { createRegisterRecipient } from '../core/use-cases/register-recipient.js';
import { createRevokeRecipient } from '../core/use-cases/revoke-recipient.js';
import type { PageTokens } from '../core/values/page-token.js';

export interface UseCaseDeps {
  store: PushStore & QueryStore & RecallStore & RevocationStore;
  bus: MessageBus;
  tokens: Pick<RecipientTokens, 'issue'>;
  pageTokens: PageTokens;
  /** The database's. */
  clock: Clock;
  /** Base of connection URIs, without a trailing slash. */
  publicDeliveryUrl: string;
  /** How long a recipient token lives by default, and at most. */
  tokenTtlMs: number;
  /** The package's. */
  version: string;
  /** Live topics. */
  live: DirectoryDeps['live'] & { events: EventPublishing };
}

export type UseCases = ReturnType<typeof createUseCases>;

/** All that the API can do, one entry per operation. */
export const createUseCases = (deps: UseCaseDeps) => ({
  version: () => deps.version,
  findMessage: createFindMessage(deps.store),
  listMessages: createListMessages(deps),
  listGlobalMessages: createListGlobalMessages(deps),
  registerRecipient: createRegisterRecipient(deps),
  pushMessage: createPushMessage(deps),
  pushGlobalMessage: createPushGlobalMessage(deps),
  cancelMessages: createCancelMessages(deps),
  revokeRecipient: createRevokeRecipient(deps),
  eraseRecipient: createEraseRecipient(deps),
  publishEvents: createPublishEvents(deps),
  topics: createListTopics(deps),
  createTopic: createCreateTopic(deps),
  destroyTopic: createDestroyTopic(deps),
  eventRules: createListEventRules(deps),
  setEventRule: createSetEventRule(deps),
  alertRules: createListAlertRules(deps),
  createAlertRule: createCreateAlertRule(deps),
  deleteAlertRule: createDeleteAlertRule(deps),
});
