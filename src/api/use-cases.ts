import type { MessageBus } from '../core/ports/message-bus.js';
import type { RecipientTokens } from '../core/ports/recipient-tokens.js';
import type { PushStore } from '../core/ports/stores/push-store.js';
import type { QueryStore } from '../core/ports/stores/query-store.js';
import type { RecallStore } from '../core/ports/stores/recall-store.js';
import type { RevocationStore } from '../core/ports/stores/revocation-store.js';
import { createCancelMessages } from '../core/use-cases/cancel-messages.js';
import { createEraseRecipient } from '../core/use-cases/erase-recipient.js';
import { createListGlobalMessages } from '../core/use-cases/global-messages.js';
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
} from '../core/use-cases/live/directory.js';
import { createPublishEvents, type EventPublishing } from '../core/use-cases/live/publish-events.js';
import { createFindMessage } from '../core/use-cases/message.js';
import { createListMessages } from '../core/use-cases/messages.js';
import { createPushGlobalMessage } from '../core/use-cases/push-global-message.js';
import { createPushMessage } from '../core/use-cases/push-message.js';
import { createRegisterRecipient } from '../core/use-cases/register-recipient.js';
import { createRevokeRecipient } from '../core/use-cases/revoke-recipient.js';
import type { PageTokens } from '../core/validation/page-token.js';
import type { Clock } from '../lib/time/clock.js';

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
