import type { MutationResolvers, QueryResolvers } from '../../generated/graphql/types.js';
import { alertRules } from '../resolvers/alert-rules.js';
import { cancelMessages } from '../resolvers/cancel-messages.js';
import { createAlertRule } from '../resolvers/create-alert-rule.js';
import { createTopic } from '../resolvers/create-topic.js';
import { deleteAlertRule } from '../resolvers/delete-alert-rule.js';
import { destroyTopic } from '../resolvers/destroy-topic.js';
import { eraseRecipient } from '../resolvers/erase-recipient.js';
import { eventRules } from '../resolvers/event-rules.js';
import { globalMessages } from '../resolvers/global-messages.js';
import { message } from '../resolvers/message.js';
import { messages } from '../resolvers/messages.js';
import { publishEvents } from '../resolvers/publish-events.js';
import { pushGlobalMessage } from '../resolvers/push-global-message.js';
import { pushMessage } from '../resolvers/push-message.js';
import { registerRecipient } from '../resolvers/register-recipient.js';
import { revokeRecipient } from '../resolvers/revoke-recipient.js';
import { setEventRule } from '../resolvers/set-event-rule.js';
import { topics } from '../resolvers/topics.js';
import { version } from '../resolvers/version.js';

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
