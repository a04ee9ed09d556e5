import type { MutationResolvers, QueryResolvers } from '../../generated/graphql/types.js';
import { argumentsOf, selects } from '../execution/selected-fields.js';

/** Resolves the root fields. Everything below one is taken from the use case's answer as it is. */
export const resolvers: { Query: Required<QueryResolvers>; Mutation: Required<MutationResolvers> } = {
  Query: {
    version: (_root, _args, { useCases }) => useCases.version(),
    message: (_root, { id }, { principal, useCases }, info) =>
      useCases.message(principal.tenantId, id, {
        reasons: selects(info, 'Message', 'pendingReason'),
        connections: selects(info, 'Message', 'deliveredTo'),
      }),
    messages: (_root, args, { principal, useCases, answer }, info) =>
      useCases.messages(principal.tenantId, args, answer.page(info), {
        reasons: selects(info, 'MessagesQueryResult', 'items', 'pendingReason'),
        connections: selects(info, 'MessagesQueryResult', 'items', 'deliveredTo'),
      }),
    recipient: (_root, { name }, { principal, useCases }, info) =>
      useCases.recipient(principal.tenantId, name, {
        presence: selects(info, 'Recipient', 'connections') || selects(info, 'Recipient', 'complete'),
        lastSeenAt: selects(info, 'Recipient', 'lastSeenAt'),
        pending: selects(info, 'Recipient', 'pending'),
        awaitedGlobals: selects(info, 'Recipient', 'awaitedGlobals'),
        activity: argumentsOf(info, 'Recipient', 'activity'),
      }),
    recipients: (_root, args, { principal, useCases }) => useCases.recipients(principal.tenantId, args),
    globalMessages: (_root, args, { principal, useCases, answer }, info) =>
      useCases.globalMessages(
        principal.tenantId,
        args,
        answer.page(info),
        selects(info, 'GlobalMessagesQueryResult', 'items', 'counts'),
      ),
    messageCounts: (_root, args, { principal, useCases }) => useCases.messageCounts(principal.tenantId, args),
    auditLog: (_root, args, { principal, useCases, answer }, info) =>
      useCases.auditLog(principal.tenantId, args, answer.page(info)),
    usage: (_root, args, { principal, useCases }) => useCases.usage(principal.tenantId, args),
    statusEvents: (_root, args, { principal, useCases, answer }, info) =>
      useCases.statusEvents(principal.tenantId, args, answer.page(info), {
        messages: selects(info, 'StatusEventsResult', 'items', 'message'),
        connections: selects(info, 'StatusEventsResult', 'items', 'message', 'deliveredTo'),
      }),
    statusFeed: (_root, _args, { principal, useCases }) => useCases.statusFeed(principal.tenantId),
    topics: (_root, _args, { principal, useCases }) => useCases.topics(principal.tenantId),
    eventRules: (_root, _args, { principal, useCases }) => useCases.eventRules(principal.tenantId),
    alertRules: (_root, _args, { principal, useCases }) => useCases.alertRules(principal.tenantId),
    currentKey: (_root, _args, { principal, useCases }) => useCases.currentKey(principal),
    apiKeys: (_root, _args, { principal, useCases }) => useCases.apiKeys(principal.tenantId),
  },
  Mutation: {
    registerRecipient: (_root, { input }, { principal, useCases }) => useCases.registerRecipient(principal.tenantId, input),
    pushMessage: (_root, { input }, { principal, useCases }, info) =>
      useCases.pushMessage(principal.tenantId, input, selects(info, 'PushMessageResult', 'item', 'deliveredTo')),
    pushGlobalMessage: (_root, { input }, { principal, useCases }) => useCases.pushGlobalMessage(principal.tenantId, input),
    cancelMessages: (_root, { input }, { principal, useCases, note }) => useCases.cancelMessages(principal.tenantId, input, note),
    revokeRecipient: (_root, { input }, { principal, useCases, note }) =>
      useCases.revokeRecipient(principal.tenantId, input, note),
    eraseRecipient: (_root, { input }, { principal, useCases, note }) => useCases.eraseRecipient(principal.tenantId, input, note),
    publishEvents: (_root, { input }, { principal, useCases }) => useCases.publishEvents(principal.tenantId, input),
    createTopic: (_root, { input }, { principal, useCases, note }) => useCases.createTopic(principal.tenantId, input, note),
    destroyTopic: (_root, { input }, { principal, useCases, note }) => useCases.destroyTopic(principal.tenantId, input, note),
    setEventRule: (_root, { input }, { principal, useCases, note }) => useCases.setEventRule(principal.tenantId, input, note),
    createAlertRule: (_root, { input }, { principal, useCases, note }) =>
      useCases.createAlertRule(principal.tenantId, input, note),
    deleteAlertRule: (_root, { input }, { principal, useCases, note }) =>
      useCases.deleteAlertRule(principal.tenantId, input, note),
    setStatusFeed: (_root, args, { principal, useCases, note }) => useCases.setStatusFeed(principal.tenantId, args, note),
    createApiKey: (_root, { input }, { principal, useCases, note }) => useCases.createApiKey(principal, input, note),
    revokeApiKey: (_root, { input }, { principal, useCases, note }) => useCases.revokeApiKey(principal.tenantId, input, note),
  },
};
