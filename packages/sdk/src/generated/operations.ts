import type { CallOptions, Operation, Position } from '../sdk-operation.js';
import type { Pages } from '../item-pages.js';
import type {
  AlertRule,
  ApiKey,
  ApiKeySecret,
  AuditEntry,
  AuditLogArguments,
  AuditLogResult,
  CancelMessagesInput,
  CancelMessagesResult,
  CreateAlertRuleInput,
  CreateApiKeyInput,
  CreateTopicInput,
  CreateWebhookInput,
  CurrentKey,
  DeleteAlertRuleInput,
  DestroyTopicInput,
  EraseRecipientInput,
  EraseRecipientResult,
  EventRule,
  GlobalMessage,
  GlobalMessageInput,
  GlobalMessagesArguments,
  GlobalMessagesQueryResult,
  Message,
  MessageArguments,
  MessageCounts,
  MessageCountsArguments,
  MessageInput,
  MessagesArguments,
  MessagesQueryResult,
  PublishEventResult,
  PublishEventsInput,
  PushMessageResult,
  Recipient,
  RecipientArguments,
  RecipientsArguments,
  RegisterRecipientInput,
  RegisterRecipientResponse,
  ReplayWebhookInput,
  ReplayWebhookResult,
  RevokeApiKeyInput,
  RevokeRecipientInput,
  RevokeRecipientResult,
  RotateWebhookSecretInput,
  SetEventRuleInput,
  SetStatusFeedArguments,
  StatusEvent,
  StatusEventsArguments,
  StatusEventsResult,
  StatusFeed,
  SubscribeStatusEventsArguments,
  Topic,
  UpdateWebhookInput,
  UsageArguments,
  UsageEntry,
  Webhook,
  WebhookAttempt,
  WebhookAttemptsArguments,
  WebhookAttemptsResult,
  WebhookInput,
  WebhookSecret,
} from './types.js';

/** The package's version, which is that of the schema. */
export const VERSION = '0.1.0';

export const OPERATIONS = {
  alertRules: {
    name: 'alertRules',
    kind: 'query',
    document: 'query{alertRules{code condition createdAt topic}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  apiKeys: {
    name: 'apiKeys',
    kind: 'query',
    document: 'query{apiKeys{createdAt createdBy expiresAt id lastUsedAt name prefix revokedAt role scope}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  auditLog: {
    name: 'auditLog',
    kind: 'query',
    document: 'query($filter:AuditLogFilter,$limit:Int,$nextToken:String){auditLog(filter:$filter,limit:$limit,nextToken:$nextToken){items{address apiKeyId at code id keyName keyPrefix operation outcome requestId subject} nextToken}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: 'nextToken',
  },
  currentKey: {
    name: 'currentKey',
    kind: 'query',
    document: 'query{currentKey{apiKey{createdAt createdBy expiresAt id lastUsedAt name prefix revokedAt role scope} limits{limit policy} tenant}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  eventRules: {
    name: 'eventRules',
    kind: 'query',
    document: 'query{eventRules{entity types}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  globalMessages: {
    name: 'globalMessages',
    kind: 'query',
    document: 'query($filter:GlobalMessagesFilter,$limit:Int,$nextToken:String){globalMessages(filter:$filter,limit:$limit,nextToken:$nextToken){items{cancelledAt <counts:counts{cancelled delivered exact pending}> createdAt expiresAt id message textHidden topic} nextToken}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: 'nextToken',
  },
  message: {
    name: 'message',
    kind: 'query',
    document: 'query($id:ID!){message(id:$id){cancelReason cancelledAt createdAt deliveredAt deliveredTo{connectionId origin protocol since sourceIp topic userAgent} expiresAt globalMessageId id message <pendingReason:pendingReason{code since text}> receipt recipient status textHidden topic}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  messageCounts: {
    name: 'messageCounts',
    kind: 'query',
    document: 'query($filter:MessagesFilter){messageCounts(filter:$filter){cancelled delivered exact pending}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  messages: {
    name: 'messages',
    kind: 'query',
    document: 'query($filter:MessagesFilter,$limit:Int,$nextToken:String){messages(filter:$filter,limit:$limit,nextToken:$nextToken){items{cancelReason cancelledAt createdAt deliveredAt deliveredTo{connectionId origin protocol since sourceIp topic userAgent} expiresAt globalMessageId id message <pendingReason:pendingReason{code since text}> receipt recipient status textHidden topic} nextToken}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: 'nextToken',
  },
  recipient: {
    name: 'recipient',
    kind: 'query',
    document: 'query($name:String!){recipient(name:$name){<activity:activity{items{at closeCode connectedSeconds connectionId detail kind lastAt node origin protocol reason sourceIp times topic userAgent} nextToken}> awaitedGlobals{cancelledAt createdAt expiresAt id message textHidden topic} complete connections{behind id node origin protocol since sourceIp topic unconfirmed userAgent} lastSeenAt name pending}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  recipients: {
    name: 'recipients',
    kind: 'query',
    document: 'query($limit:Int,$startsWith:String!){recipients(limit:$limit,startsWith:$startsWith)}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  statusEvents: {
    name: 'statusEvents',
    kind: 'query',
    document: 'query($after:ID,$filter:StatusEventsFilter,$limit:Int){statusEvents(after:$after,filter:$filter,limit:$limit){items{at cancelReason globalMessageId id <message:message{cancelReason cancelledAt createdAt deliveredAt deliveredTo{connectionId origin protocol since sourceIp topic userAgent} expiresAt globalMessageId id message receipt recipient status textHidden topic}> messageId receipt recipient topic type} more next}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: 'after',
  },
  statusFeed: {
    name: 'statusFeed',
    kind: 'query',
    document: 'query{statusFeed{enabled globals}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  topics: {
    name: 'topics',
    kind: 'query',
    document: 'query{topics{createdAt name system}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  usage: {
    name: 'usage',
    kind: 'query',
    document: 'query($during:DateTimeFilter!,$step:UsageStep!){usage(during:$during,step:$step){accepted acceptedBytes connects delivered deliverySeconds{p50 p99} expired from globals liveEvents peakConnections recalled refused to webhookAttempts}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  version: {
    name: 'version',
    kind: 'query',
    document: 'query{version}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  webhookAttempts: {
    name: 'webhookAttempts',
    kind: 'query',
    document: 'query($eventId:ID,$failed:Boolean,$id:ID!,$limit:Int,$nextToken:String){webhookAttempts(eventId:$eventId,failed:$failed,id:$id,limit:$limit,nextToken:$nextToken){items{at attempt durationMs error eventIds httpStatus id nextAttemptAt responseStart} nextToken}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: 'nextToken',
  },
  webhooks: {
    name: 'webhooks',
    kind: 'query',
    document: 'query{webhooks{createdAt createdBy description dropped events failingSince globals id includeText lastSuccessAt maxBatch state stateReason url waiting}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  cancelMessages: {
    name: 'cancelMessages',
    kind: 'mutation',
    document: 'mutation($input:CancelMessagesInput!){cancelMessages(input:$input){cancelled complete}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  createAlertRule: {
    name: 'createAlertRule',
    kind: 'mutation',
    document: 'mutation($input:CreateAlertRuleInput!){createAlertRule(input:$input){code condition createdAt topic}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  createApiKey: {
    name: 'createApiKey',
    kind: 'mutation',
    document: 'mutation($input:CreateApiKeyInput!){createApiKey(input:$input){apiKey{createdAt createdBy expiresAt id lastUsedAt name prefix revokedAt role scope} secret}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  createTopic: {
    name: 'createTopic',
    kind: 'mutation',
    document: 'mutation($input:CreateTopicInput!){createTopic(input:$input){createdAt name system}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  createWebhook: {
    name: 'createWebhook',
    kind: 'mutation',
    document: 'mutation($input:CreateWebhookInput!){createWebhook(input:$input){secret webhook{createdAt createdBy description dropped events failingSince globals id includeText lastSuccessAt maxBatch state stateReason url waiting}}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  deleteAlertRule: {
    name: 'deleteAlertRule',
    kind: 'mutation',
    document: 'mutation($input:DeleteAlertRuleInput!){deleteAlertRule(input:$input){code condition createdAt topic}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  deleteWebhook: {
    name: 'deleteWebhook',
    kind: 'mutation',
    document: 'mutation($input:WebhookInput!){deleteWebhook(input:$input){createdAt createdBy description dropped events failingSince globals id includeText lastSuccessAt maxBatch state stateReason url waiting}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  destroyTopic: {
    name: 'destroyTopic',
    kind: 'mutation',
    document: 'mutation($input:DestroyTopicInput!){destroyTopic(input:$input){createdAt name system}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  eraseRecipient: {
    name: 'eraseRecipient',
    kind: 'mutation',
    document: 'mutation($input:EraseRecipientInput!){eraseRecipient(input:$input){erased}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  publishEvents: {
    name: 'publishEvents',
    kind: 'mutation',
    document: 'mutation($input:PublishEventsInput!){publishEvents(input:$input){error{code message} id index}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  pushGlobalMessage: {
    name: 'pushGlobalMessage',
    kind: 'mutation',
    document: 'mutation($input:GlobalMessageInput!){pushGlobalMessage(input:$input){cancelledAt createdAt expiresAt id message textHidden topic}}',
    isRepeatable: true,
    hasKey: true,
    mayBeNull: false,
    positionArgument: null,
  },
  pushMessage: {
    name: 'pushMessage',
    kind: 'mutation',
    document: 'mutation($input:MessageInput!){pushMessage(input:$input){error{code message} index item{cancelReason cancelledAt createdAt deliveredAt deliveredTo{connectionId origin protocol since sourceIp topic userAgent} expiresAt globalMessageId id message receipt recipient status textHidden topic}}}',
    isRepeatable: true,
    hasKey: true,
    mayBeNull: false,
    positionArgument: null,
  },
  registerRecipient: {
    name: 'registerRecipient',
    kind: 'mutation',
    document: 'mutation($input:RegisterRecipientInput!){registerRecipient(input:$input){connectionUri expiresAt token}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  replayWebhook: {
    name: 'replayWebhook',
    kind: 'mutation',
    document: 'mutation($input:ReplayWebhookInput!){replayWebhook(input:$input){complete replayed}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  revokeApiKey: {
    name: 'revokeApiKey',
    kind: 'mutation',
    document: 'mutation($input:RevokeApiKeyInput!){revokeApiKey(input:$input){createdAt createdBy expiresAt id lastUsedAt name prefix revokedAt role scope}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  revokeRecipient: {
    name: 'revokeRecipient',
    kind: 'mutation',
    document: 'mutation($input:RevokeRecipientInput!){revokeRecipient(input:$input){revokedAt}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  rotateWebhookSecret: {
    name: 'rotateWebhookSecret',
    kind: 'mutation',
    document: 'mutation($input:RotateWebhookSecretInput!){rotateWebhookSecret(input:$input){secret webhook{createdAt createdBy description dropped events failingSince globals id includeText lastSuccessAt maxBatch state stateReason url waiting}}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  setEventRule: {
    name: 'setEventRule',
    kind: 'mutation',
    document: 'mutation($input:SetEventRuleInput!){setEventRule(input:$input){entity types}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  setStatusFeed: {
    name: 'setStatusFeed',
    kind: 'mutation',
    document: 'mutation($enabled:Boolean!,$globals:Boolean){setStatusFeed(enabled:$enabled,globals:$globals){enabled globals}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
  testWebhook: {
    name: 'testWebhook',
    kind: 'mutation',
    document: 'mutation($input:WebhookInput!){testWebhook(input:$input){at attempt durationMs error eventIds httpStatus id nextAttemptAt responseStart}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  updateWebhook: {
    name: 'updateWebhook',
    kind: 'mutation',
    document: 'mutation($input:UpdateWebhookInput!){updateWebhook(input:$input){createdAt createdBy description dropped events failingSince globals id includeText lastSuccessAt maxBatch state stateReason url waiting}}',
    isRepeatable: false,
    hasKey: false,
    mayBeNull: true,
    positionArgument: null,
  },
  subscribeStatusEvents: {
    name: 'statusEvents',
    kind: 'subscription',
    document: 'subscription($after:ID,$filter:StatusEventsFilter){statusEvents(after:$after,filter:$filter){at cancelReason globalMessageId id <message:message{cancelReason cancelledAt createdAt deliveredAt deliveredTo{connectionId origin protocol since sourceIp topic userAgent} expiresAt globalMessageId id message receipt recipient status textHidden topic}> messageId receipt recipient topic type}}',
    isRepeatable: true,
    hasKey: false,
    mayBeNull: false,
    positionArgument: null,
  },
} as const satisfies Record<string, Operation>;

/** One method for each operation of the service. */
export abstract class Operations {
  protected abstract call<Result>(operation: Operation, variables: object, options: CallOptions<string>): Promise<Result>;
  protected abstract walk<Item, Page extends { items: Item[] } & Position>(
    operation: Operation,
    variables: object,
    options: CallOptions<string>,
  ): Pages<Item, Page>;
  protected abstract follow<Event>(operation: Operation, variables: object, options: CallOptions<string>): AsyncIterable<Event>;

  /** The tenant's alert rules, in order of their codes; at most 1,000. */
  alertRules(options: CallOptions = {}): Promise<AlertRule[]> {
    return this.call<AlertRule[]>(OPERATIONS.alertRules, {}, options);
  }

  /** The tenant's keys, oldest first: all that have not ended, and the latest 1,000 of those that have. Administration. */
  apiKeys(options: CallOptions = {}): Promise<ApiKey[]> {
    return this.call<ApiKey[]>(OPERATIONS.apiKeys, {}, options);
  }

  /**
   * Lists what was done with this tenant's keys, and to the tenant: every mutation but pushes, `publishEvents` and
   * registrations. Entries stay for AUDIT_RETENTION (90 days), whatever becomes of what they touched.
   */
  auditLog(ask: AuditLogArguments = {}, options: CallOptions = {}): Pages<AuditEntry, AuditLogResult> {
    return this.walk<AuditEntry, AuditLogResult>(OPERATIONS.auditLog, ask, options);
  }

  /** What this key is, and what it may do. Every valid key may ask. */
  currentKey(options: CallOptions = {}): Promise<CurrentKey> {
    return this.call<CurrentKey>(OPERATIONS.currentKey, {}, options);
  }

  /** The tenant's event rules, in order of their entities; at most 1,000. */
  eventRules(options: CallOptions = {}): Promise<EventRule[]> {
    return this.call<EventRule[]>(OPERATIONS.eventRules, {}, options);
  }

  /** Global messages, newest first. */
  globalMessages(ask: GlobalMessagesArguments = {}, options: CallOptions<'counts'> = {}): Pages<GlobalMessage, GlobalMessagesQueryResult> {
    return this.walk<GlobalMessage, GlobalMessagesQueryResult>(OPERATIONS.globalMessages, ask, options);
  }

  /** One message, with what became of it; null if there is none with this id. */
  message(ask: MessageArguments, options: CallOptions<'pendingReason'> = {}): Promise<Message | null> {
    return this.call<Message | null>(OPERATIONS.message, ask, options);
  }

  /** How many messages match, by status. Bounded: see `exact`. */
  messageCounts(ask: MessageCountsArguments = {}, options: CallOptions = {}): Promise<MessageCounts> {
    return this.call<MessageCounts>(OPERATIONS.messageCounts, ask, options);
  }

  /** Messages to recipients, newest first; those that came from global messages included. */
  messages(ask: MessagesArguments = {}, options: CallOptions<'pendingReason'> = {}): Pages<Message, MessagesQueryResult> {
    return this.walk<Message, MessagesQueryResult>(OPERATIONS.messages, ask, options);
  }

  /**
   * Who is there under a name at this moment, what waits for it, and what happened lately. A name that nobody knows has no connections and no
   * activity. One document may ask for 10 recipients.
   */
  recipient(ask: RecipientArguments, options: CallOptions<'activity'> = {}): Promise<Recipient> {
    return this.call<Recipient>(OPERATIONS.recipient, ask, options);
  }

  /** Names that have messages and begin like this, in the order of code points. */
  recipients(ask: RecipientsArguments, options: CallOptions = {}): Promise<string[]> {
    return this.call<string[]>(OPERATIONS.recipients, ask, options);
  }

  /**
   * What became of messages, in the order in which it became known: recorded with the settlement itself, so none is missing and none comes
   * twice. Refused while `setStatusFeed` has not switched the feed on.
   */
  statusEvents(ask: StatusEventsArguments = {}, options: CallOptions<'message'> = {}): Pages<StatusEvent, StatusEventsResult> {
    return this.walk<StatusEvent, StatusEventsResult>(OPERATIONS.statusEvents, ask, options);
  }

  /** Whether status events are recorded. */
  statusFeed(options: CallOptions = {}): Promise<StatusFeed> {
    return this.call<StatusFeed>(OPERATIONS.statusFeed, {}, options);
  }

  /** The tenant's topics, in order of their names; at most 1,000. */
  topics(options: CallOptions = {}): Promise<Topic[]> {
    return this.call<Topic[]>(OPERATIONS.topics, {}, options);
  }

  /**
   * What the tenant used, by hours or days of UTC, oldest first: an entry for each step that `during` touches, with zeros where there was
   * nothing; at most 1,000. Kept 400 days. Steps of the last five minutes may still grow.
   */
  usage(ask: UsageArguments, options: CallOptions = {}): Promise<UsageEntry[]> {
    return this.call<UsageEntry[]>(OPERATIONS.usage, ask, options);
  }

  /** The version of the service. */
  version(options: CallOptions = {}): Promise<string> {
    return this.call<string>(OPERATIONS.version, {}, options);
  }

  /** How attempts of a webhook went, newest first; they are kept for 7 days. No items if there is no such webhook. Administration. */
  webhookAttempts(ask: WebhookAttemptsArguments, options: CallOptions = {}): Pages<WebhookAttempt, WebhookAttemptsResult> {
    return this.walk<WebhookAttempt, WebhookAttemptsResult>(OPERATIONS.webhookAttempts, ask, options);
  }

  /** The tenant's webhooks, oldest first. Administration. */
  webhooks(options: CallOptions = {}): Promise<Webhook[]> {
    return this.call<Webhook[]>(OPERATIONS.webhooks, {}, options);
  }

  /** Cancels what is pending and matches all that is given; at least one must be given. */
  cancelMessages(input: CancelMessagesInput, options: CallOptions = {}): Promise<CancelMessagesResult> {
    return this.call<CancelMessagesResult>(OPERATIONS.cancelMessages, { input }, options);
  }

  /** Makes a condition that clients can subscribe to by its code. */
  createAlertRule(input: CreateAlertRuleInput, options: CallOptions = {}): Promise<AlertRule> {
    return this.call<AlertRule>(OPERATIONS.createAlertRule, { input }, options);
  }

  /**
   * Makes a key of this tenant. Everything that it may do, the key that makes it must be granted; what is taken away from that key must be
   * taken away from the new one; and the new one ends no later. Administration.
   */
  createApiKey(input: CreateApiKeyInput, options: CallOptions = {}): Promise<ApiKeySecret> {
    return this.call<ApiKeySecret>(OPERATIONS.createApiKey, { input }, options);
  }

  /** Adds a topic to the tenant's list, or answers the one that is there. Publishing and subscribing need no entry. */
  createTopic(input: CreateTopicInput, options: CallOptions = {}): Promise<Topic> {
    return this.call<Topic>(OPERATIONS.createTopic, { input }, options);
  }

  /**
   * Makes a webhook: from now on, status events are posted to its URL as Standard Webhooks says. The feed of status events has to be on. At
   * most 10 for a tenant. Administration.
   */
  createWebhook(input: CreateWebhookInput, options: CallOptions = {}): Promise<WebhookSecret> {
    return this.call<WebhookSecret>(OPERATIONS.createWebhook, { input }, options);
  }

  /** Deletes an alert rule. Connections that follow it go on; no new ones can. */
  deleteAlertRule(input: DeleteAlertRuleInput, options: CallOptions = {}): Promise<AlertRule> {
    return this.call<AlertRule>(OPERATIONS.deleteAlertRule, { input }, options);
  }

  /** Deletes a webhook and what waits for it. Answers it as it was; null if there is none with this id. Administration. */
  deleteWebhook(input: WebhookInput, options: CallOptions = {}): Promise<Webhook | null> {
    return this.call<Webhook | null>(OPERATIONS.deleteWebhook, { input }, options);
  }

  /** Takes a topic from the tenant's list. */
  destroyTopic(input: DestroyTopicInput, options: CallOptions = {}): Promise<Topic> {
    return this.call<Topic>(OPERATIONS.destroyTopic, { input }, options);
  }

  /** Revokes a recipient, and deletes its messages and whatever else names it. */
  eraseRecipient(input: EraseRecipientInput, options: CallOptions = {}): Promise<EraseRecipientResult> {
    return this.call<EraseRecipientResult>(OPERATIONS.eraseRecipient, { input }, options);
  }

  /**
   * Publishes change events on live topics: to the connections that follow them now, and for two minutes to those that come back and ask
   * what they missed. Events are not messages: nothing of them is stored.
   */
  publishEvents(input: PublishEventsInput, options: CallOptions = {}): Promise<PublishEventResult[]> {
    return this.call<PublishEventResult[]>(OPERATIONS.publishEvents, { input }, options);
  }

  /**
   * Pushes one text to all recipients: without `expiresAt` to those that are connected now, with it also to those that connect before that
   * moment.
   *
   * An `idempotencyKey` is made if none is given, so that it can be repeated.
   */
  pushGlobalMessage(input: GlobalMessageInput, options: CallOptions = {}): Promise<GlobalMessage> {
    return this.call<GlobalMessage>(OPERATIONS.pushGlobalMessage, { input }, options);
  }

  /**
   * Pushes one text to recipients by name: to those that are connected at once, to the others when they next connect. When the answer
   * arrives, each `item` is durable. One entry per distinct recipient, in the order given.
   *
   * An `idempotencyKey` is made if none is given, so that it can be repeated.
   */
  pushMessage(input: MessageInput, options: CallOptions = {}): Promise<PushMessageResult[]> {
    return this.call<PushMessageResult[]>(OPERATIONS.pushMessage, { input }, options);
  }

  /** Makes a token with which one of your users can connect, and the URI to connect to. Nothing is stored: the token carries everything. */
  registerRecipient(input: RegisterRecipientInput, options: CallOptions = {}): Promise<RegisterRecipientResponse> {
    return this.call<RegisterRecipientResponse>(OPERATIONS.registerRecipient, { input }, options);
  }

  /**
   * Posts events once more that are in the feed and that the webhook is told of, oldest first, each alone and under its own id. What is given
   * is joined by AND; at least one of the three. What still waits for another attempt goes out now instead. Null if there is none with this id.
   * Administration.
   */
  replayWebhook(input: ReplayWebhookInput, options: CallOptions = {}): Promise<ReplayWebhookResult | null> {
    return this.call<ReplayWebhookResult | null>(OPERATIONS.replayWebhook, { input }, options);
  }

  /**
   * Revokes a key of this tenant, within 5 s on every node. Null if there is none with this id. Of several moments the earliest stands.
   * Administration.
   */
  revokeApiKey(input: RevokeApiKeyInput, options: CallOptions = {}): Promise<ApiKey | null> {
    return this.call<ApiKey | null>(OPERATIONS.revokeApiKey, { input }, options);
  }

  /**
   * Ends all tokens that this recipient has been given so far, and closes its connections. Tokens that are made afterwards work. Its
   * pending messages wait for it.
   */
  revokeRecipient(input: RevokeRecipientInput, options: CallOptions = {}): Promise<RevokeRecipientResult> {
    return this.call<RevokeRecipientResult>(OPERATIONS.revokeRecipient, { input }, options);
  }

  /**
   * Makes a new secret. The former one signs beside it for a while; if one did already, that one ends. Null if there is none with this id.
   * Administration.
   */
  rotateWebhookSecret(input: RotateWebhookSecretInput, options: CallOptions = {}): Promise<WebhookSecret | null> {
    return this.call<WebhookSecret | null>(OPERATIONS.rotateWebhookSecret, { input }, options);
  }

  /** Says whose events of which types flow to clients of entity events. */
  setEventRule(input: SetEventRuleInput, options: CallOptions = {}): Promise<EventRule> {
    return this.call<EventRule>(OPERATIONS.setEventRule, { input }, options);
  }

  /**
   * Switches the recording of status events on or off. It holds for each settlement that begins after the answer. Off until it is switched on.
   * Needs an entry by name in the key's scope, or that of all administration.
   */
  setStatusFeed(ask: SetStatusFeedArguments, options: CallOptions = {}): Promise<StatusFeed> {
    return this.call<StatusFeed>(OPERATIONS.setStatusFeed, ask, options);
  }

  /**
   * Posts a `webhook.test` now, whatever the state of the webhook, and answers how that went. It changes no state. Ten a minute for a webhook.
   * Null if there is none with this id. Administration.
   */
  testWebhook(input: WebhookInput, options: CallOptions = {}): Promise<WebhookAttempt | null> {
    return this.call<WebhookAttempt | null>(OPERATIONS.testWebhook, { input }, options);
  }

  /**
   * Changes what is given. Null if there is none with this id. Another `url` clears `includeText`, unless that is given too, and ends the
   * secret at once: `rotateWebhookSecret` answers a new one. Administration.
   */
  updateWebhook(input: UpdateWebhookInput, options: CallOptions = {}): Promise<Webhook | null> {
    return this.call<Webhook | null>(OPERATIONS.updateWebhook, { input }, options);
  }

  /**
   * Tells what becomes of messages, as it becomes known, in the order of `Query.statusEvents`. The `id` of each Server-Sent Event is that of
   * the status event: a client that comes back sends the last one as `Last-Event-ID`, which counts as `after` and before it, and misses
   * nothing. Completed when `setStatusFeed` switches the feed off; closed without `complete` when the client is to come back.
   */
  subscribeStatusEvents(ask: SubscribeStatusEventsArguments = {}, options: CallOptions<'message'> = {}): AsyncIterable<StatusEvent> {
    return this.follow<StatusEvent>(OPERATIONS.subscribeStatusEvents, ask, options);
  }

}
