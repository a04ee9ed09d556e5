import type { MutationResolvers, QueryResolvers } from '../generated/types.js';
import { cancelMessages } from './cancel-messages.js';
import { eraseRecipient } from './erase-recipient.js';
import { globalMessages } from './global-messages.js';
import { message } from './message.js';
import { messages } from './messages.js';
import { pushGlobalMessage } from './push-global-message.js';
import { pushMessage } from './push-message.js';
import { registerRecipient } from './register-recipient.js';
import { revokeRecipient } from './revoke-recipient.js';
import { version } from './version.js';

/** One per root field. All that lies below comes from the use case as it is. */
export const resolvers: { Query: Required<QueryResolvers>; Mutation: Required<MutationResolvers> } = {
  Query: { version, message, messages, globalMessages },
  Mutation: { registerRecipient, pushMessage, pushGlobalMessage, cancelMessages, revokeRecipient, eraseRecipient },
};
