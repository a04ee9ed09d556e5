import type { MutationResolvers, QueryResolvers } from '../../generated/graphql/types.js';

/** Resolves the root fields. Everything below one is taken from the use case's answer as it is. */
export const resolvers: { Query: Required<QueryResolvers>; Mutation: Required<MutationResolvers> } = {
  Query: {
    version: (_root, _args, { useCases }) => useCases.version(),
    message: (_root, { id }, { principal, useCases }) => useCases.message(principal.tenantId, id),
    messages: (_root, args, { principal, useCases, answer }, info) =>
      useCases.messages(principal.tenantId, args, answer.page(info)),
    globalMessages: (_root, args, { principal, useCases, answer }, info) =>
      useCases.globalMessages(principal.tenantId, args, answer.page(info)),
    topics: (_root, _args, { principal, useCases }) => useCases.topics(principal.tenantId),
    eventRules: (_root, _args, { principal, useCases }) => useCases.eventRules(principal.tenantId),
    alertRules: (_root, _args, { principal, useCases }) => useCases.alertRules(principal.tenantId),
  },
  Mutation: {
    registerRecipient: (_root, { input }, { principal, useCases }) => useCases.registerRecipient(principal.tenantId, input),
    pushMessage: (_root, { input }, { principal, useCases }) => useCases.pushMessage(principal.tenantId, input),
    pushGlobalMessage: (_root, { input }, { principal, useCases }) => useCases.pushGlobalMessage(principal.tenantId, input),
    cancelMessages: (_root, { input }, { principal, useCases }) => useCases.cancelMessages(principal.tenantId, input),
    revokeRecipient: (_root, { input }, { principal, useCases }) => useCases.revokeRecipient(principal.tenantId, input),
    eraseRecipient: (_root, { input }, { principal, useCases }) => useCases.eraseRecipient(principal.tenantId, input),
    publishEvents: (_root, { input }, { principal, useCases }) => useCases.publishEvents(principal.tenantId, input),
    createTopic: (_root, { input }, { principal, useCases }) => useCases.createTopic(principal.tenantId, input),
    destroyTopic: (_root, { input }, { principal, useCases }) => useCases.destroyTopic(principal.tenantId, input),
    setEventRule: (_root, { input }, { principal, useCases }) => useCases.setEventRule(principal.tenantId, input),
    createAlertRule: (_root, { input }, { principal, useCases }) => useCases.createAlertRule(principal.tenantId, input),
    deleteAlertRule: (_root, { input }, { principal, useCases }) => useCases.deleteAlertRule(principal.tenantId, input),
  },
};
