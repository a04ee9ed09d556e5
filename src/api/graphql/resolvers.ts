import type { GraphQLResolveInfo } from 'graphql';
import type {
  MutationResolvers,
  QueryResolvers,
  Subscription,
  SubscriptionStatusEventsArgs,
} from '../../generated/graphql/types.js';
import { argumentsOf, selects } from '../execution/selected-fields.js';
import type { SourceEvent } from '../sse/sse-subscription.js';
import type { ApiContext } from './request-context.js';

type Subscribed = Exclude<keyof Subscription, '__typename'>;

/** Begins a subscription; what its pages hold are the values of its root field. */
type Subscriber<Args> = (
  root: unknown,
  args: Args,
  context: ApiContext,
  info: GraphQLResolveInfo,
) => Promise<AsyncIterable<readonly SourceEvent[]>>;

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
    webhooks: (_root, _args, { principal, useCases }) => useCases.webhooks(principal.tenantId),
    webhookAttempts: (_root, args, { principal: { tenantId, scope }, useCases, answer }, info) =>
      useCases.webhookAttempts({ tenantId, hidesTexts: scope.hidesTexts }, args, answer.page(info)),
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
    createWebhook: (_root, { input }, { principal, useCases, note }) => useCases.createWebhook(principal, input, note),
    updateWebhook: (_root, { input }, { principal, useCases, note }) => useCases.updateWebhook(principal.tenantId, input, note),
    rotateWebhookSecret: (_root, { input }, { principal, useCases, note }) =>
      useCases.rotateWebhookSecret(principal.tenantId, input, note),
    deleteWebhook: (_root, { input }, { principal, useCases, note }) => useCases.deleteWebhook(principal.tenantId, input, note),
    testWebhook: (_root, { input }, { principal: { tenantId, scope }, useCases, note }) =>
      useCases.testWebhook({ tenantId, hidesTexts: scope.hidesTexts }, input, note),
    replayWebhook: (_root, { input }, { principal, useCases, note }) => useCases.replayWebhook(principal.tenantId, input, note),
  },
};

/** Begin subscriptions. They are asked for over Server-Sent Events alone, so there is a place for each. */
export const subscribers: { [Field in Subscribed]: Subscriber<SubscriptionStatusEventsArgs> } = {
  statusEvents: async (_root, { filter, after }, { principal, useCases, following }, info) => {
    if (following === null) throw new Error('a subscription that is not asked for as events');
    const signal = following.open();
    const input = { filter, after: following.lastEventId ?? after };
    const details = {
      messages: selects(info, 'StatusEvent', 'message'),
      connections: selects(info, 'StatusEvent', 'message', 'deliveredTo'),
    };
    return useCases.followStatusEvents(principal.tenantId, input, details, signal);
  },
};
