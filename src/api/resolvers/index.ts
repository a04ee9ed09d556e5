import type { MutationResolvers, QueryResolvers } from '../generated/types.js';
import { alertRules } from './alert-rules.js';
import { cancelMessages } from './cancel-messages.js';
import { createAlertRule } from './create-alert-rule.js';
import { createTopic } from './create-topic.js';
import { deleteAlertRule } from './delete-alert-rule.js';
import { destroyTopic } from './destroy-topic.js';
import { eraseRecipient } from './erase-recipient.js';
import { eventRules } from './event-rules.js';
import { globalMessages } from './global-messages.js';
import { message } from './message.js';
import { messages } from './messages.js';
import { publishEvents } from './publish-events.js';
import { pushGlobalMessage } from './push-global-message.js';
import { pushMessage } from './push-message.js';
import { registerRecipient } from './register-recipient.js';
import { revokeRecipient } from './revoke-recipient.js';
import { setEventRule } from './set-event-rule.js';
import { topics } from './topics.js';
import { version } from './version.js';

/** One per root field. All that lies below comes from the use case as it is. */
export const resolvers: { Query: Required<QueryResolvers>; Mutation: Required<MutationResolvers> } = {
  Query: { version, message, messages, globalMessages, topics, eventRules, alertRules },
  Mutation: {
    registerRecipient,
    pushMessage,
    pushGlobalMessage,
    cancelMessages,
    revokeRecipient,
    eraseRecipient,
    publishEvents,
    createTopic,
    destroyTopic,
    setEventRule,
    createAlertRule,
    deleteAlertRule,
  },
};
