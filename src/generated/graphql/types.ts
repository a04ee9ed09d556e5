import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Message as MessageModel, GlobalMessage as GlobalMessageModel } from '../../core/domain/message.js';
import type { ApiKeyRecord } from '../../core/ports/stores/api-key-store.js';
import type { ToldRecipient } from '../../core/use-cases/recipient.js';
import type { LiveTopic, EventRule as EventRuleModel, AlertRule as AlertRuleModel } from '../../core/ports/live-directory.js';
import type { ToldEvent } from '../../core/use-cases/status-feed/status-events.js';
import type { AuditEntry as AuditEntryModel } from '../../core/domain/audit.js';
import type { ApiContext } from '../../api/graphql/request-context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /**
   * A moment. In: RFC 3339, such as `2023-07-18T15:00:00Z`; without a zone it is GMT, and digits beyond milliseconds are cut. Years 1970 to
   * 9999. Out: always `2023-07-18T15:00:00.000Z`.
   */
  DateTime: { input: string; output: Date; }
  /** A JSON object. */
  JSONObject: { input: unknown; output: object; }
  /** A recipient token: a signed JWT that a browser shows when it connects. */
  Token: { input: string; output: string; }
};

/** What a recipient's connections did, or an attempt to make one. Kept for 7 days unless the operator says otherwise, the last 200 of a recipient. */
export type Activity = {
  __typename?: 'Activity';
  /** When it happened; of refusals that were counted together, the first. */
  at: Scalars['DateTime']['output'];
  /** The WebSocket's close code. */
  closeCode?: Maybe<Scalars['Int']['output']>;
  /** For how long the connection that ended had been open. */
  connectedSeconds?: Maybe<Scalars['Int']['output']>;
  /** The connection that was opened, or ended. */
  connectionId?: Maybe<Scalars['ID']['output']>;
  /** What the close code means. */
  detail?: Maybe<Scalars['String']['output']>;
  /** What happened. */
  kind: ActivityKind;
  /** When it happened last: equal refusals within an hour are one entry. */
  lastAt: Scalars['DateTime']['output'];
  /** An opaque name of the node, which changes with each start; the operator's log has both. */
  node: Scalars['String']['output'];
  /** The page, as its browser says. */
  origin?: Maybe<Scalars['String']['output']>;
  /** What the client speaks. */
  protocol?: Maybe<ConnectionProtocol>;
  /** Why it was refused. */
  reason?: Maybe<RefusalReason>;
  /** Where the client was. */
  sourceIp?: Maybe<Scalars['String']['output']>;
  /** How often it happened. */
  times: Scalars['Int']['output'];
  /** The topic of the registration. */
  topic?: Maybe<Scalars['String']['output']>;
  /** The browser, as it says itself; cut at 256 characters. */
  userAgent?: Maybe<Scalars['String']['output']>;
};

/** What happened to a recipient's connections. */
export type ActivityKind =
  /** A connection was opened. */
  | 'CONNECTED'
  /** A connection ended. */
  | 'DISCONNECTED'
  /** An attempt to connect was refused. */
  | 'REFUSED';

/** One page of activity. */
export type ActivityResult = {
  __typename?: 'ActivityResult';
  /** What happened, newest first by when it began. */
  items: Array<Activity>;
  /** Give this for the next page. Null at the end. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/** A condition that clients can subscribe to by its code. */
export type AlertRule = {
  __typename?: 'AlertRule';
  /** The code. */
  code: Scalars['String']['output'];
  /** The expression. */
  condition: Scalars['String']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** The pattern of live topics that it looks at. */
  topic: Scalars['String']['output'];
};

/** A key of the tenant. The key itself is stored nowhere. */
export type ApiKey = {
  __typename?: 'ApiKey';
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** The key that made it, if one did. */
  createdBy?: Maybe<Scalars['ID']['output']>;
  /** When it ends by itself. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Identifies the key. */
  id: Scalars['ID']['output'];
  /** When it was used last; at most a minute behind. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What it is for. */
  name?: Maybe<Scalars['String']['output']>;
  /** The first characters of the key, to tell keys apart. */
  prefix: Scalars['String']['output'];
  /** When it was revoked, or will be. */
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The role whose scope it was made with: `full`, `push` or `support`. A key that was made by another has that one's. */
  role?: Maybe<Scalars['String']['output']>;
  /** What it may do: entries, separated by spaces. */
  scope: Scalars['String']['output'];
};

/** A new key. */
export type ApiKeySecret = {
  __typename?: 'ApiKeySecret';
  /** What is known of it. */
  apiKey: ApiKey;
  /** The key itself, for the header `x-api-key`. It is shown only this once. */
  secret: Scalars['String']['output'];
};

/** One operation: who asked for it, and what became of it. */
export type AuditEntry = {
  __typename?: 'AuditEntry';
  /** Where the call came from, as far as proxies are believed. */
  address?: Maybe<Scalars['String']['output']>;
  /** The key that asked for it; null for what the command line did. */
  apiKeyId?: Maybe<Scalars['ID']['output']>;
  /** When it began. */
  at: Scalars['DateTime']['output'];
  /** The code of the error. */
  code?: Maybe<Scalars['String']['output']>;
  /** Identifies the entry: a UUID of version 7. */
  id: Scalars['ID']['output'];
  /** The name of that key. */
  keyName?: Maybe<Scalars['String']['output']>;
  /** The first characters of that key. */
  keyPrefix?: Maybe<Scalars['String']['output']>;
  /** The root field's name; of the command line `cli.` and the command, such as `cli.tenant.disable`. */
  operation: Scalars['String']['output'];
  /** What became of it. */
  outcome: AuditOutcome;
  /** The call's `x-request-id`. */
  requestId?: Maybe<Scalars['ID']['output']>;
  /**
   * What was touched, such as `topic:"orders" recipient:5f0c…`: ids, names of topics and rules, prefixes of keys. A recipient
   * is the HMAC-SHA256 of its name under a key of the tenant's; `filter.recipient` finds it by name.
   */
  subject?: Maybe<Scalars['String']['output']>;
};

/** Selects entries that match everything given. */
export type AuditLogFilter = {
  /** Entries of this key, by its id. */
  apiKeyId?: InputMaybe<Scalars['ID']['input']>;
  /** When they began; both ends are included. */
  at?: InputMaybe<DateTimeFilter>;
  /** Entries of this operation, by its exact name. */
  operation?: InputMaybe<Scalars['String']['input']>;
  /** Entries that touched this recipient, by name. */
  recipient?: InputMaybe<Scalars['String']['input']>;
};

/** A page of the audit log. */
export type AuditLogResult = {
  __typename?: 'AuditLogResult';
  /** The newest first. There may be fewer than `limit`, even none. */
  items: Array<AuditEntry>;
  /** Null at the end, and only there. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/** What became of an audited operation. */
export type AuditOutcome =
  /** It took place. The entry was written in the same transaction. */
  | 'DONE'
  /** It could not be done, and was not. */
  | 'FAILED'
  /** It was refused: the key's scope, the input or a limit forbids it. `code` tells. */
  | 'REFUSED'
  /**
   * The connection broke during the commit, or the operation takes several steps and did not come to its end. One that was
   * committed at once is DONE, not UNKNOWN.
   */
  | 'UNKNOWN';

/** What to cancel: messages that match everything given. At least one must be given. */
export type CancelMessagesInput = {
  /** Messages that came from this global message. Given alone, it first ends the global message itself. */
  globalMessageId?: InputMaybe<Scalars['ID']['input']>;
  /** Messages with these ids, up to 10,000; an empty list matches nothing. */
  ids?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Messages to this recipient. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** Messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** What was cancelled. */
export type CancelMessagesResult = {
  __typename?: 'CancelMessagesResult';
  /** How many messages were cancelled by this call: at most 10,000, the oldest first. */
  cancelled: Scalars['Int']['output'];
  /** False where more match: repeat the call. */
  complete: Scalars['Boolean']['output'];
};

/** Why a message was cancelled. */
export type CancelReason =
  /** Its `expiresAt` passed without a receipt. */
  | 'EXPIRED'
  /** By `cancelMessages`. */
  | 'RECALLED';

/** A connection that is open at this moment. */
export type Connection = {
  __typename?: 'Connection';
  /** True if it has no room for what waits: the client confirms or reads too slowly. */
  behind: Scalars['Boolean']['output'];
  /** Identifies the connection. */
  id: Scalars['ID']['output'];
  /** An opaque name of the node that holds it, which changes with each start; the operator's log has both. */
  node: Scalars['String']['output'];
  /** The page that opened it, as its browser says. */
  origin?: Maybe<Scalars['String']['output']>;
  /** What its client speaks. */
  protocol: ConnectionProtocol;
  /** When it was opened. */
  since: Scalars['DateTime']['output'];
  /** Where it comes from. */
  sourceIp?: Maybe<Scalars['String']['output']>;
  /** The topic of its registration. */
  topic?: Maybe<Scalars['String']['output']>;
  /** Number of messages that were sent on it and have no receipt yet. */
  unconfirmed: Scalars['Int']['output'];
  /** The browser, as it says itself; cut at 256 characters. */
  userAgent?: Maybe<Scalars['String']['output']>;
};

/** What a client speaks. */
export type ConnectionProtocol =
  /** Texts alone; receipts are pongs. */
  | 'PLAIN'
  /** `tidings.v1`: frames in JSON; receipts are acks. */
  | 'V1';

/** A condition to be subscribed to by its code. */
export type CreateAlertRuleInput = {
  /** A code that no other rule of the tenant has, of 1 to 128 characters. */
  code: Scalars['String']['input'];
  /**
   * An expression in CEL (Common Expression Language) over `topic`, `type`, `name`, `data`, `previous` and `changed`, such as `data.delay >
   * 24 && type == "update"`, of at most 1,024 bytes. If it fails on an event, it counts as false.
   */
  condition: Scalars['String']['input'];
  /** The pattern of live topics that it looks at. */
  topic: Scalars['String']['input'];
};

/** What a new key may do, and for how long. */
export type CreateApiKeyInput = {
  /** When it ends; not given: never. In the future. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** What it is for, 1 to 128 characters without control characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Entries, separated by spaces, such as `websockets-manager-api:query:* websockets-manager-api:mutation:pushMessage`; at most 4,096 bytes. */
  scope: Scalars['String']['input'];
};

/** A topic to add to the list. */
export type CreateTopicInput = {
  /** A live topic. */
  name: Scalars['String']['input'];
  /** Clients cannot destroy it. By default they can, if they are granted to publish on it. */
  system?: InputMaybe<Scalars['Boolean']['input']>;
};

/** Where to post what. */
export type CreateWebhookInput = {
  /** What it is for, at most 1,024 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Which events, at least one. */
  events: Array<StatusEventType>;
  /** Whether to tell of the messages of global ones, too. Not given: no. */
  globals?: InputMaybe<Scalars['Boolean']['input']>;
  /** Whether to post the texts of messages, too. Not given: no. */
  includeText?: InputMaybe<Scalars['Boolean']['input']>;
  /** Events of one request, 1 to 500. Not given: 1. */
  maxBatch?: InputMaybe<Scalars['Int']['input']>;
  /** An `https://` URL with port 443 or one from 1024 on, without credentials, at most 2,048 characters. */
  url: Scalars['String']['input'];
};

/** What is known of the key of this call. */
export type CurrentKey = {
  __typename?: 'CurrentKey';
  /** The key. */
  apiKey: ApiKey;
  /** The limits that hold for the tenant. */
  limits: Array<TenantLimit>;
  /** The name of its tenant. */
  tenant: Scalars['String']['output'];
};

/** A range of time that includes both ends. Each end is a `DateTime`, or a bare date such as `2023-07-18`. */
export type DateTimeFilter = {
  /** The first moment of the range; of a bare date its first moment. */
  from?: InputMaybe<Scalars['String']['input']>;
  /** The last moment of the range; of a bare date its last moment. */
  to?: InputMaybe<Scalars['String']['input']>;
};

/** An alert rule to delete. */
export type DeleteAlertRuleInput = {
  /** Its code. */
  code: Scalars['String']['input'];
};

/** Who got a message. What stands beside the id is known as long as activity is kept. */
export type DeliveredTo = {
  __typename?: 'DeliveredTo';
  /** Identifies the connection. */
  connectionId: Scalars['ID']['output'];
  /** The page that opened it, as its browser said. */
  origin?: Maybe<Scalars['String']['output']>;
  /** What its client spoke. */
  protocol?: Maybe<ConnectionProtocol>;
  /** When it was opened. */
  since?: Maybe<Scalars['DateTime']['output']>;
  /** Where it came from. */
  sourceIp?: Maybe<Scalars['String']['output']>;
  /** The topic of its registration. */
  topic?: Maybe<Scalars['String']['output']>;
  /** The browser, as it said itself. */
  userAgent?: Maybe<Scalars['String']['output']>;
};

/** Times from the acceptance of a message to its receipt, waiting for the recipient included, within 5 %. */
export type DeliverySeconds = {
  __typename?: 'DeliverySeconds';
  /** Half of the messages took at most so long. */
  p50: Scalars['Float']['output'];
  /** 99 of 100 messages took at most so long. */
  p99: Scalars['Float']['output'];
};

/** A topic to take from the list. */
export type DestroyTopicInput = {
  /** Its name. */
  name: Scalars['String']['input'];
};

/** Who is to be erased. */
export type EraseRecipientInput = {
  /** The recipient's name. */
  recipient: Scalars['String']['input'];
};

/** What was erased. */
export type EraseRecipientResult = {
  __typename?: 'EraseRecipientResult';
  /** How many messages were deleted. */
  erased: Scalars['Int']['output'];
};

/** One change event. */
export type EventInput = {
  /** The names of the attributes that have changed. */
  changed?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The object. */
  data: Scalars['JSONObject']['input'];
  /** A name of the object for people. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** A live topic that is told of its child as well. */
  parent?: InputMaybe<Scalars['String']['input']>;
  /** Its old values. */
  previous?: InputMaybe<Scalars['JSONObject']['input']>;
  /**
   * The live topic: 1 to 16 segments joined by `:`, at most 512 bytes. The last segment is the object's id, the one before it its kind, such
   * as `file:37c3b618`.
   */
  topic: Scalars['String']['input'];
  /** `create`, `update`, `delete`, or a word of your own. */
  type: Scalars['String']['input'];
};

/** Whose events of which types flow to clients of entity events. Without a rule, none do. */
export type EventRule = {
  __typename?: 'EventRule';
  /** The kind of the objects. */
  entity: Scalars['String']['output'];
  /** Types of events. */
  types: Array<Scalars['String']['output']>;
};

/** One text for all recipients. What became of it is told by the messages with its `globalMessageId`, one per recipient it was sent to. */
export type GlobalMessage = {
  __typename?: 'GlobalMessage';
  /** When it was recalled. */
  cancelledAt?: Maybe<Scalars['DateTime']['output']>;
  /**
   * What became of it: how many messages it made, by status, of the recipients that it was sent to. Only in a page of `globalMessages`, which
   * has at most 25 items then, and 25 if no limit is given; else null.
   */
  counts?: Maybe<MessageCounts>;
  /** When it was accepted. */
  createdAt: Scalars['DateTime']['output'];
  /** After this moment it is not sent. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Identifies the global message: a UUID of version 7. */
  id: Scalars['ID']['output'];
  /** The text; its length, such as `[43 bytes]`, if the key has the option `hide-text`. */
  message: Scalars['String']['output'];
  /** Whether `message` is the length in place of the text, because the key has the option `hide-text`. */
  textHidden: Scalars['Boolean']['output'];
  /** The topic that it was pushed with. */
  topic?: Maybe<Scalars['String']['output']>;
};

/** What to push to everybody. */
export type GlobalMessageInput = {
  /**
   * If given, everybody who is or gets connected before this moment gets the message. In the future, at most 365 days ahead. Example:
   * `2023-07-18T15:00:00` (GMT).
   */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * If given, a repetition with the same key within 24 hours pushes nothing and answers the same global message in its present state. 1 to
   * 128 characters; shares its name space with `pushMessage`.
   */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The text, 1 byte to 64 KiB of UTF-8. */
  message: Scalars['String']['input'];
  /** If given, only connections that were registered with this topic get the message. 1 to 256 characters. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** Which global messages to list. Options are joined by AND. */
export type GlobalMessagesFilter = {
  /** Only global messages that were accepted in this range of time. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** Only global messages whose expiry lies in this range of time. */
  expiresAt?: InputMaybe<DateTimeFilter>;
  /** Only global messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** One page of global messages. */
export type GlobalMessagesQueryResult = {
  __typename?: 'GlobalMessagesQueryResult';
  /** The global messages, newest first. May be fewer than the limit, even none, although more follow: see `nextToken`. */
  items: Array<GlobalMessage>;
  /** Give this, with the same filter, for the next page. Null at the end, and only there. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/** One text for one recipient, and what became of it. */
export type Message = {
  __typename?: 'Message';
  /** Why it was cancelled. */
  cancelReason?: Maybe<CancelReason>;
  /** When it was recalled, or expired. */
  cancelledAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was accepted. */
  createdAt: Scalars['DateTime']['output'];
  /** When the receipt came in. */
  deliveredAt?: Maybe<Scalars['DateTime']['output']>;
  /** The connection whose receipt `deliveredAt` tells of. */
  deliveredTo?: Maybe<DeliveredTo>;
  /** After this moment it is not sent. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** The global message that it came from, if any. */
  globalMessageId?: Maybe<Scalars['ID']['output']>;
  /** Identifies the message: a UUID of version 7. */
  id: Scalars['ID']['output'];
  /** The text; its length, such as `[43 bytes]`, if the key has the option `hide-text`. */
  message: Scalars['String']['output'];
  /**
   * Why it is PENDING; of one that EXPIRED without a receipt, the last that was known then. Null for others. Only below `message` and `messages`,
   * and for 100 messages in one document.
   */
  pendingReason?: Maybe<PendingReason>;
  /** What proves that a client has it; also filled by a receipt that came too late to change the status. */
  receipt?: Maybe<ReceiptKind>;
  /** Name of the recipient. */
  recipient: Scalars['String']['output'];
  /** What became of it. */
  status: MessageStatus;
  /** Whether `message` is the length in place of the text, because the key has the option `hide-text`. */
  textHidden: Scalars['Boolean']['output'];
  /** The topic that it was pushed with. */
  topic?: Maybe<Scalars['String']['output']>;
};

/** How many messages there are, by status as answered. At most 100,000 rows are examined. */
export type MessageCounts = {
  __typename?: 'MessageCounts';
  /** Messages that were recalled or have expired. */
  cancelled: Scalars['Int']['output'];
  /** Messages with a receipt. */
  delivered: Scalars['Int']['output'];
  /** False where more rows had to be examined: then each figure is a lower bound. */
  exact: Scalars['Boolean']['output'];
  /** Messages that wait. */
  pending: Scalars['Int']['output'];
};

/** What to push, and to whom. */
export type MessageInput = {
  /** If given, the message is not sent after this moment. In the future, at most 365 days ahead. Example: `2023-07-18T15:00:00` (GMT). */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * If given, a repetition with the same key within 24 hours pushes nothing and answers the same entries in their present state. 1 to 128
   * characters.
   */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The text, 1 byte to 64 KiB of UTF-8. Number of recipients times bytes of text: at most 16 MiB. */
  message: Scalars['String']['input'];
  /** If given, an OVERDUE status event tells of each message that is still pending after so many seconds: 1 to 2,592,000. The feed must be on. */
  notifyAfter?: InputMaybe<Scalars['Int']['input']>;
  /** Names of the recipients, 1 to 10,000; repeated names count once. */
  recipients: Array<Scalars['String']['input']>;
  /** If given, only connections that were registered with this topic get the message. 1 to 256 characters. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** What became of a message. */
export type MessageStatus =
  /** It was recalled, or it expired without a receipt. */
  | 'CANCELLED'
  /** A client gave a receipt. */
  | 'DELIVERED'
  /** Durable; no receipt has come yet, it has not expired, and nobody has recalled it. */
  | 'PENDING';

/** Which messages to list. Options are joined by AND. */
export type MessagesFilter = {
  /** Only messages that were cancelled for this reason, expiry of this moment included. */
  cancelReason?: InputMaybe<CancelReason>;
  /** Only messages that were accepted in this range of time. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** Only messages whose receipt came in in this range of time. */
  deliveredAt?: InputMaybe<DateTimeFilter>;
  /** Only messages whose expiry lies in this range of time. */
  expiresAt?: InputMaybe<DateTimeFilter>;
  /** Only messages that came from this global message. */
  globalMessageId?: InputMaybe<Scalars['ID']['input']>;
  /** Only messages with a receipt of this kind; also one that came too late to change the status. */
  receipt?: InputMaybe<ReceiptKind>;
  /** Only messages to this recipient. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** Only messages that have this status now, expiry included. */
  status?: InputMaybe<MessageStatus>;
  /** Only messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** One page of messages. */
export type MessagesQueryResult = {
  __typename?: 'MessagesQueryResult';
  /** The messages, newest first. May be fewer than the limit, even none, although more follow: see `nextToken`. */
  items: Array<Message>;
  /** Give this, with the same filter, for the next page. Null at the end, and only there. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type Mutation = {
  __typename?: 'Mutation';
  /** Cancels what is pending and matches all that is given; at least one must be given. */
  cancelMessages?: Maybe<CancelMessagesResult>;
  /** Makes a condition that clients can subscribe to by its code. */
  createAlertRule?: Maybe<AlertRule>;
  /**
   * Makes a key of this tenant. Everything that it may do, the key that makes it must be granted; what is taken away from that key must be
   * taken away from the new one; and the new one ends no later. Administration.
   */
  createApiKey?: Maybe<ApiKeySecret>;
  /** Adds a topic to the tenant's list, or answers the one that is there. Publishing and subscribing need no entry. */
  createTopic?: Maybe<Topic>;
  /**
   * Makes a webhook: from now on, status events are posted to its URL as Standard Webhooks says. The feed of status events has to be on. At
   * most 10 for a tenant. Administration.
   */
  createWebhook?: Maybe<WebhookSecret>;
  /** Deletes an alert rule. Connections that follow it go on; no new ones can. */
  deleteAlertRule?: Maybe<AlertRule>;
  /** Deletes a webhook and what waits for it. Answers it as it was; null if there is none with this id. Administration. */
  deleteWebhook?: Maybe<Webhook>;
  /** Takes a topic from the tenant's list. */
  destroyTopic?: Maybe<Topic>;
  /** Revokes a recipient, and deletes its messages and whatever else names it. */
  eraseRecipient?: Maybe<EraseRecipientResult>;
  /**
   * Publishes change events on live topics: to the connections that follow them now, and for two minutes to those that come back and ask
   * what they missed. Events are not messages: nothing of them is stored.
   */
  publishEvents?: Maybe<Array<PublishEventResult>>;
  /**
   * Pushes one text to all recipients: without `expiresAt` to those that are connected now, with it also to those that connect before that
   * moment.
   */
  pushGlobalMessage?: Maybe<GlobalMessage>;
  /**
   * Pushes one text to recipients by name: to those that are connected at once, to the others when they next connect. When the answer
   * arrives, each `item` is durable. One entry per distinct recipient, in the order given.
   */
  pushMessage?: Maybe<Array<PushMessageResult>>;
  /** Makes a token with which one of your users can connect, and the URI to connect to. Nothing is stored: the token carries everything. */
  registerRecipient?: Maybe<RegisterRecipientResponse>;
  /**
   * Posts events once more that are in the feed and that the webhook is told of, oldest first, each alone and under its own id. What is given
   * is joined by AND; at least one of the three. What still waits for another attempt goes out now instead. Null if there is none with this id.
   * Administration.
   */
  replayWebhook?: Maybe<ReplayWebhookResult>;
  /**
   * Revokes a key of this tenant, within 5 s on every node. Null if there is none with this id. Of several moments the earliest stands.
   * Administration.
   */
  revokeApiKey?: Maybe<ApiKey>;
  /**
   * Ends all tokens that this recipient has been given so far, and closes its connections. Tokens that are made afterwards work. Its
   * pending messages wait for it.
   */
  revokeRecipient?: Maybe<RevokeRecipientResult>;
  /**
   * Makes a new secret. The former one signs beside it for a while; if one did already, that one ends. Null if there is none with this id.
   * Administration.
   */
  rotateWebhookSecret?: Maybe<WebhookSecret>;
  /** Says whose events of which types flow to clients of entity events. */
  setEventRule?: Maybe<EventRule>;
  /**
   * Switches the recording of status events on or off. It holds for each settlement that begins after the answer. Off until it is switched on.
   * Needs an entry by name in the key's scope, or that of all administration.
   */
  setStatusFeed?: Maybe<StatusFeed>;
  /**
   * Posts a `webhook.test` now, whatever the state of the webhook, and answers how that went. It changes no state. Ten a minute for a webhook.
   * Null if there is none with this id. Administration.
   */
  testWebhook?: Maybe<WebhookAttempt>;
  /**
   * Changes what is given. Null if there is none with this id. Another `url` clears `includeText`, unless that is given too, and ends the
   * secret at once: `rotateWebhookSecret` answers a new one. Administration.
   */
  updateWebhook?: Maybe<Webhook>;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationCancelMessagesArgs = {
  input: CancelMessagesInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationCreateAlertRuleArgs = {
  input: CreateAlertRuleInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationCreateTopicArgs = {
  input: CreateTopicInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationCreateWebhookArgs = {
  input: CreateWebhookInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationDeleteAlertRuleArgs = {
  input: DeleteAlertRuleInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationDeleteWebhookArgs = {
  input: WebhookInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationDestroyTopicArgs = {
  input: DestroyTopicInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationEraseRecipientArgs = {
  input: EraseRecipientInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationPublishEventsArgs = {
  input: PublishEventsInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationPushGlobalMessageArgs = {
  input: GlobalMessageInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationPushMessageArgs = {
  input: MessageInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationRegisterRecipientArgs = {
  input: RegisterRecipientInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationReplayWebhookArgs = {
  input: ReplayWebhookInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationRevokeApiKeyArgs = {
  input: RevokeApiKeyInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationRevokeRecipientArgs = {
  input: RevokeRecipientInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationRotateWebhookSecretArgs = {
  input: RotateWebhookSecretInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationSetEventRuleArgs = {
  input: SetEventRuleInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationSetStatusFeedArgs = {
  enabled: Scalars['Boolean']['input'];
  globals?: InputMaybe<Scalars['Boolean']['input']>;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationTestWebhookArgs = {
  input: WebhookInput;
};


/**
 * What can be done. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:mutation:pushMessage`.
 * Fields may be null so that an error in one leaves the answers of the others intact.
 */
export type MutationUpdateWebhookArgs = {
  input: UpdateWebhookInput;
};

/** Why a message waits. */
export type PendingCode =
  /** The connection has no room, or its node waits for the database. */
  | 'BEHIND'
  /** Nobody is connected under the recipient's name. */
  | 'NOT_CONNECTED'
  /** It was sent, and the receipt has not come. */
  | 'NO_RECEIPT'
  /** The recipient is connected, and it is about to be sent. */
  | 'ON_ITS_WAY'
  /** The recipient is connected, but not with the message's topic. */
  | 'OTHER_TOPIC'
  /** The last that is known is that an attempt to connect was refused. */
  | 'REFUSED'
  /** A node that may hold the recipient's connection did not answer; or nothing tells why it expired. */
  | 'UNKNOWN';

/** Why a message waits, and what to do about it. */
export type PendingReason = {
  __typename?: 'PendingReason';
  /** The reason, for programs. */
  code: PendingCode;
  /** When it was sent, when the recipient was last seen or refused, or since when it is connected, as the case may be. */
  since?: Maybe<Scalars['DateTime']['output']>;
  /** One sentence for support staff. It quotes no message. */
  text: Scalars['String']['output'];
};

/** Why an event was not published. */
export type PublishEventError = {
  __typename?: 'PublishEventError';
  /** A stable code, such as `BAD_USER_INPUT`. */
  code: Scalars['String']['output'];
  /** The same in words. */
  message: Scalars['String']['output'];
};

/** What became of one event. */
export type PublishEventResult = {
  __typename?: 'PublishEventResult';
  /** Why it was not published. */
  error?: Maybe<PublishEventError>;
  /** Its id, if it was published. */
  id?: Maybe<Scalars['ID']['output']>;
  /** Its position in the input. */
  index: Scalars['Int']['output'];
};

/** Change events. */
export type PublishEventsInput = {
  /** 1 to 1,000 events, of at most 64 KiB each. */
  events: Array<EventInput>;
};

/** Why a message was not accepted for one recipient. */
export type PushMessageError = {
  __typename?: 'PushMessageError';
  /**
   * `BAD_USER_INPUT`: the name is not acceptable; `QUOTA_EXCEEDED`: too many messages are pending for this recipient;
   * `GONE`: a repeated `idempotencyKey`, whose message was erased or deleted since.
   */
  code: Scalars['String']['output'];
  /** The same in words. */
  message: Scalars['String']['output'];
};

/** What became of the push to one recipient: either an item or an error. */
export type PushMessageResult = {
  __typename?: 'PushMessageResult';
  /** Why it was not accepted. */
  error?: Maybe<PushMessageError>;
  /** First position of the recipient in `recipients`, from 0. */
  index: Scalars['Int']['output'];
  /** The message, if it was accepted. */
  item?: Maybe<Message>;
};

/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type Query = {
  __typename?: 'Query';
  /** The tenant's alert rules, in order of their codes; at most 1,000. */
  alertRules?: Maybe<Array<AlertRule>>;
  /** The tenant's keys, oldest first: all that have not ended, and the latest 1,000 of those that have. Administration. */
  apiKeys?: Maybe<Array<ApiKey>>;
  /**
   * Lists what was done with this tenant's keys, and to the tenant: every mutation but pushes, `publishEvents` and
   * registrations. Entries stay for AUDIT_RETENTION (90 days), whatever becomes of what they touched.
   */
  auditLog?: Maybe<AuditLogResult>;
  /** What this key is, and what it may do. Every valid key may ask. */
  currentKey?: Maybe<CurrentKey>;
  /** The tenant's event rules, in order of their entities; at most 1,000. */
  eventRules?: Maybe<Array<EventRule>>;
  /** Global messages, newest first. */
  globalMessages?: Maybe<GlobalMessagesQueryResult>;
  /** One message, with what became of it; null if there is none with this id. */
  message?: Maybe<Message>;
  /** How many messages match, by status. Bounded: see `exact`. */
  messageCounts?: Maybe<MessageCounts>;
  /** Messages to recipients, newest first; those that came from global messages included. */
  messages?: Maybe<MessagesQueryResult>;
  /**
   * Who is there under a name at this moment, what waits for it, and what happened lately. A name that nobody knows has no connections and no
   * activity. One document may ask for 10 recipients.
   */
  recipient?: Maybe<Recipient>;
  /** Names that have messages and begin like this, in the order of code points. */
  recipients?: Maybe<Array<Scalars['String']['output']>>;
  /**
   * What became of messages, in the order in which it became known: recorded with the settlement itself, so none is missing and none comes
   * twice. Refused while `setStatusFeed` has not switched the feed on.
   */
  statusEvents?: Maybe<StatusEventsResult>;
  /** Whether status events are recorded. */
  statusFeed?: Maybe<StatusFeed>;
  /** The tenant's topics, in order of their names; at most 1,000. */
  topics?: Maybe<Array<Topic>>;
  /**
   * What the tenant used, by hours or days of UTC, oldest first: an entry for each step that `during` touches, with zeros where there was
   * nothing; at most 1,000. Kept 400 days. Steps of the last five minutes may still grow.
   */
  usage?: Maybe<Array<UsageEntry>>;
  /** The version of the service. */
  version: Scalars['String']['output'];
  /** How attempts of a webhook went, newest first; they are kept for 7 days. No items if there is no such webhook. Administration. */
  webhookAttempts?: Maybe<WebhookAttemptsResult>;
  /** The tenant's webhooks, oldest first. Administration. */
  webhooks?: Maybe<Array<Webhook>>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryAuditLogArgs = {
  filter?: InputMaybe<AuditLogFilter>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryGlobalMessagesArgs = {
  filter?: InputMaybe<GlobalMessagesFilter>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryMessageArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryMessageCountsArgs = {
  filter?: InputMaybe<MessagesFilter>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryMessagesArgs = {
  filter?: InputMaybe<MessagesFilter>;
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryRecipientArgs = {
  name: Scalars['String']['input'];
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryRecipientsArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
  startsWith: Scalars['String']['input'];
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryStatusEventsArgs = {
  after?: InputMaybe<Scalars['ID']['input']>;
  filter?: InputMaybe<StatusEventsFilter>;
  limit?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryUsageArgs = {
  during: DateTimeFilter;
  step: UsageStep;
};


/**
 * What can be asked. Every field needs its entry in the scope of the API key, such as `websockets-manager-api:query:messages`. Fields may
 * be null so that an error in one leaves the answers of the others intact.
 */
export type QueryWebhookAttemptsArgs = {
  eventId?: InputMaybe<Scalars['ID']['input']>;
  failed?: InputMaybe<Scalars['Boolean']['input']>;
  id: Scalars['ID']['input'];
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};

/** What a receipt proves. */
export type ReceiptKind =
  /** The client's application said that it has dealt with the message. */
  | 'ACK'
  /** The client's WebSocket stack has the message: it answered the ping that followed it. */
  | 'PONG';

/** A recipient, as it is at this moment. */
export type Recipient = {
  __typename?: 'Recipient';
  /** What its connections did lately. */
  activity?: Maybe<ActivityResult>;
  /** Global messages that wait for it and have no message of its own yet, at most 100. */
  awaitedGlobals: Array<GlobalMessage>;
  /** True only if every node that holds one of them has answered. */
  complete: Scalars['Boolean']['output'];
  /** Connections that are open, newest first, at most 100. What opened or closed in the last second may be missing. */
  connections: Array<Connection>;
  /** When it was last seen: now, while it is connected. Null if that is longer ago than activity is kept. */
  lastSeenAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Number of messages that are PENDING; counted up to the quota of a recipient. */
  pending: Scalars['Int']['output'];
};


/** A recipient, as it is at this moment. */
export type RecipientActivityArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
  nextToken?: InputMaybe<Scalars['String']['input']>;
};

/** Why an attempt to connect was refused. */
export type RefusalReason =
  /** Too many connections of the tenant or recipient were open. */
  | 'LIMIT'
  /** The page is of another origin than the token allows. */
  | 'ORIGIN'
  /** The address is another than the token allows. */
  | 'SOURCE_IP'
  /** The token has expired. Told until 24 hours after its end. */
  | 'TOKEN_EXPIRED'
  /** The token was revoked, or its tenant is disabled. */
  | 'TOKEN_REVOKED';

/** Who may connect, and from where. */
export type RegisterRecipientInput = {
  /** Life of the token in seconds, at least 1. By default, and at most, what the service is configured for (usually a day). */
  expiresIn?: InputMaybe<Scalars['Int']['input']>;
  /** If given, the page that connects must be of this origin, such as `https://example.org` or `http://localhost:8080`. */
  origin?: InputMaybe<Scalars['String']['input']>;
  /** Patterns of live topics that the connections may publish on, create and destroy, at most 32. What is not granted is not allowed. */
  publish?: InputMaybe<Array<Scalars['String']['input']>>;
  /** A name that identifies your user, such as the id that your application has for it. 1 to 256 characters. */
  recipient: Scalars['String']['input'];
  /** If given, connections must come from this IPv4 or IPv6 address, or from this CIDR range, such as `192.0.2.0/24`. */
  sourceIp?: InputMaybe<Scalars['String']['input']>;
  /**
   * Patterns of live topics that the connections may subscribe to, at most 32, such as `file:37c3b618` or `customer_id:5013:*:74ac`. `*`
   * stands for one segment; a pattern grants whatever begins with it. What is not granted is not allowed.
   */
  subscribe?: InputMaybe<Array<Scalars['String']['input']>>;
  /** If given, the connections also get the messages that were pushed with this topic. 1 to 256 characters. */
  topic?: InputMaybe<Scalars['String']['input']>;
};

/** A token, and how to use it. */
export type RegisterRecipientResponse = {
  __typename?: 'RegisterRecipientResponse';
  /** Where the browser opens its WebSocket. May be used any number of times, also at once, until `expiresAt`. */
  connectionUri: Scalars['String']['output'];
  /** When the token expires. */
  expiresAt: Scalars['DateTime']['output'];
  /** The token. */
  token: Scalars['Token']['output'];
};

/** Which webhook, and which events. */
export type ReplayWebhookInput = {
  /** These events, at most 10,000. */
  eventIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** True: only those that were given up, or whose last attempt failed. */
  failedOnly?: InputMaybe<Scalars['Boolean']['input']>;
  /** The webhook's id. */
  id: Scalars['ID']['input'];
  /** Those that were recorded then. */
  recorded?: InputMaybe<DateTimeFilter>;
};

/** What is posted once more. */
export type ReplayWebhookResult = {
  __typename?: 'ReplayWebhookResult';
  /** False if more match. */
  complete: Scalars['Boolean']['output'];
  /** Events that are posted, 100,000 of a call at most. */
  replayed: Scalars['Int']['output'];
};

/** Which key to revoke, and when. */
export type RevokeApiKeyInput = {
  /** If given, the key works until this moment, so that a new one can take over. In the future. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Also the keys that it made, and those that they made. */
  descendants?: InputMaybe<Scalars['Boolean']['input']>;
  /** The key's id. */
  id: Scalars['ID']['input'];
};

/** Whose tokens are to end. */
export type RevokeRecipientInput = {
  /** The recipient's name. */
  recipient: Scalars['String']['input'];
};

/** A revocation. */
export type RevokeRecipientResult = {
  __typename?: 'RevokeRecipientResult';
  /** Tokens that were issued before this moment have ended. */
  revokedAt: Scalars['DateTime']['output'];
};

/** Which webhook's secret, and how long the former one lives. */
export type RotateWebhookSecretInput = {
  /** The webhook's id. */
  id: Scalars['ID']['input'];
  /** How long the former secret signs, too: 0 to 604,800 seconds, a day if it is not given. */
  overlapSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** Whose events of which types flow to clients of entity events. */
export type SetEventRuleInput = {
  /** The kind of the objects, the last segment but one of their topics, in any case. */
  entity: Scalars['String']['input'];
  /** Types of events, in any case. An empty list takes the rule away. */
  types: Array<Scalars['String']['input']>;
};

/** What happened to one message, as it was at that moment. */
export type StatusEvent = {
  __typename?: 'StatusEvent';
  /** When it happened: when the receipt came in, the recall took place, the message expired, or it became overdue. */
  at: Scalars['DateTime']['output'];
  /** Why it was cancelled, if it was. */
  cancelReason?: Maybe<CancelReason>;
  /** The global message that it came from, if any. */
  globalMessageId?: Maybe<Scalars['ID']['output']>;
  /** Identifies the event, and is the position behind it. */
  id: Scalars['ID']['output'];
  /** The message as it is now; null if it is gone. */
  message?: Maybe<Message>;
  /** The message's id. */
  messageId: Scalars['ID']['output'];
  /** What kind of receipt came, if one did. */
  receipt?: Maybe<ReceiptKind>;
  /** Name of the recipient. */
  recipient: Scalars['String']['output'];
  /** The topic that it was pushed with. */
  topic?: Maybe<Scalars['String']['output']>;
  /** What happened. */
  type: StatusEventType;
};

/** What happened to a message. */
export type StatusEventType =
  /** A client gave a receipt. */
  | 'DELIVERED'
  /** It expired without a receipt, and no receipt can change that any more. */
  | 'EXPIRED'
  /** A receipt came after it was recalled or had expired: the client has it. */
  | 'LATE_RECEIPT'
  /** It was still pending `notifyAfter` seconds after its push. */
  | 'OVERDUE'
  /** It was recalled. */
  | 'RECALLED';

/** Which status events to list. Options are joined by AND. */
export type StatusEventsFilter = {
  /** Only events of messages that came from this global message. */
  globalMessageId?: InputMaybe<Scalars['ID']['input']>;
  /** True: only events of messages that came from global ones; false: none of them. */
  globals?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only events of messages to this recipient. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** Only events of messages that were pushed with this topic. */
  topic?: InputMaybe<Scalars['String']['input']>;
  /** Only events of these types; an empty list matches nothing. */
  types?: InputMaybe<Array<StatusEventType>>;
};

/** One page of status events. */
export type StatusEventsResult = {
  __typename?: 'StatusEventsResult';
  /** The events, oldest first. May be fewer than the limit, even none, although more follow: see `more`. */
  items: Array<StatusEvent>;
  /** True if there are events behind `next` already. */
  more: Scalars['Boolean']['output'];
  /** Where to go on, now or later. */
  next: Scalars['ID']['output'];
};

/** Whether status events are recorded. */
export type StatusFeed = {
  __typename?: 'StatusFeed';
  /** True if what becomes of messages is recorded. */
  enabled: Scalars['Boolean']['output'];
  /** True if the messages of global ones are recorded, too. */
  globals: Scalars['Boolean']['output'];
};

/** Answered as Server-Sent Events alone: `POST` with `Accept: text/event-stream`. */
export type Subscription = {
  __typename?: 'Subscription';
  /**
   * Tells what becomes of messages, as it becomes known, in the order of `Query.statusEvents`. The `id` of each Server-Sent Event is that of
   * the status event: a client that comes back sends the last one as `Last-Event-ID`, which counts as `after` and before it, and misses
   * nothing. Completed when `setStatusFeed` switches the feed off; closed without `complete` when the client is to come back.
   */
  statusEvents: StatusEvent;
};


/** Answered as Server-Sent Events alone: `POST` with `Accept: text/event-stream`. */
export type SubscriptionStatusEventsArgs = {
  after?: InputMaybe<Scalars['ID']['input']>;
  filter?: InputMaybe<StatusEventsFilter>;
};

/** A limit that holds for a tenant. */
export type TenantLimit = {
  __typename?: 'TenantLimit';
  /** How many. */
  limit: Scalars['Float']['output'];
  /** What is limited: `recipients`, `requests`, `bytes`, `liveEvents` (of these so many a second), `connections` or `pending`. */
  policy: Scalars['String']['output'];
};

/** A live topic on the tenant's list. */
export type Topic = {
  __typename?: 'Topic';
  /** When it was added. */
  createdAt: Scalars['DateTime']['output'];
  /** The live topic. */
  name: Scalars['String']['output'];
  /** Clients cannot destroy it. */
  system: Scalars['Boolean']['output'];
};

/** Which webhook, and what about it. What is not given stays. */
export type UpdateWebhookInput = {
  /** What it is for, at most 1,024 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Which events, at least one. */
  events?: InputMaybe<Array<StatusEventType>>;
  /** Whether to tell of the messages of global ones, too. */
  globals?: InputMaybe<Scalars['Boolean']['input']>;
  /** The webhook's id. */
  id: Scalars['ID']['input'];
  /** Whether to post the texts of messages, too. */
  includeText?: InputMaybe<Scalars['Boolean']['input']>;
  /** Events of one request, 1 to 500. */
  maxBatch?: InputMaybe<Scalars['Int']['input']>;
  /** True pauses it. False makes it ACTIVE, also if it is FAILING or DISABLED. */
  paused?: InputMaybe<Scalars['Boolean']['input']>;
  /** Where to post. */
  url?: InputMaybe<Scalars['String']['input']>;
};

/**
 * What a tenant used in one step. Messages are counted exactly, each once, in the step in which it was accepted or settled; what concerns
 * connections, live events and times is close: a node that dies takes the last seconds with it.
 */
export type UsageEntry = {
  __typename?: 'UsageEntry';
  /** Messages that `pushMessage` accepted, one per recipient. Those of global messages are not among them. */
  accepted: Scalars['Float']['output'];
  /** Bytes of UTF-8 of their texts, counted once per recipient. */
  acceptedBytes: Scalars['Float']['output'];
  /** Connections that were opened. */
  connects: Scalars['Float']['output'];
  /** Messages that were settled by a receipt, those of global messages included. */
  delivered: Scalars['Float']['output'];
  /** How long it took from acceptance to receipt; null if nothing was delivered. */
  deliverySeconds?: Maybe<DeliverySeconds>;
  /** Messages whose expiry became final, those of global messages included. */
  expired: Scalars['Float']['output'];
  /** The first moment of the step. */
  from: Scalars['DateTime']['output'];
  /** Global messages that were accepted. */
  globals: Scalars['Float']['output'];
  /** Live events that were published. */
  liveEvents: Scalars['Float']['output'];
  /** Connections that were open at once, at most. */
  peakConnections: Scalars['Float']['output'];
  /** Messages that were recalled, those of global messages included. */
  recalled: Scalars['Float']['output'];
  /** Handshakes with a genuine token that were refused. */
  refused: Scalars['Float']['output'];
  /** The first moment after the step. */
  to: Scalars['DateTime']['output'];
  /** Requests that were made to webhooks. */
  webhookAttempts: Scalars['Float']['output'];
};

/** How long the steps of `usage` are. */
export type UsageStep =
  /** From midnight to midnight, UTC. */
  | 'DAY'
  /** From one full hour to the next. */
  | 'HOUR';

/** A URL that status events are posted to. */
export type Webhook = {
  __typename?: 'Webhook';
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** The key that made it. */
  createdBy?: Maybe<Scalars['ID']['output']>;
  /** What it is for. */
  description?: Maybe<Scalars['String']['output']>;
  /** Events that were given up: after ten attempts, or since the feed keeps them no longer. */
  dropped: Scalars['Int']['output'];
  /** The events that it is told of. */
  events: Array<StatusEventType>;
  /** The first of the failures since then, if there are any. */
  failingSince?: Maybe<Scalars['DateTime']['output']>;
  /** True if it is told of the messages of global ones, too. */
  globals: Scalars['Boolean']['output'];
  /** Identifies the webhook. */
  id: Scalars['ID']['output'];
  /** True if the texts of messages are posted, too. */
  includeText: Scalars['Boolean']['output'];
  /** When an attempt succeeded last. */
  lastSuccessAt?: Maybe<Scalars['DateTime']['output']>;
  /** Events of one request, at most. 1: each is posted by itself. */
  maxBatch: Scalars['Int']['output'];
  /** Whether it is told. */
  state: WebhookState;
  /** Why it is DISABLED or FAILING. */
  stateReason?: Maybe<Scalars['String']['output']>;
  /** Where events are posted. */
  url: Scalars['String']['output'];
  /** Events that wait for it, counted up to 100,000. */
  waiting: Scalars['Int']['output'];
};

/** How an attempt went. */
export type WebhookAttempt = {
  __typename?: 'WebhookAttempt';
  /** When it began. */
  at: Scalars['DateTime']['output'];
  /** The how manieth of its request it was, from 1 on. */
  attempt: Scalars['Int']['output'];
  /** How long it took, in milliseconds. */
  durationMs: Scalars['Int']['output'];
  /** Why there was no answer, or why it is none that counts. */
  error?: Maybe<Scalars['String']['output']>;
  /** The events that it had; none for a test. */
  eventIds: Array<Scalars['ID']['output']>;
  /** What the receiver answered, if it did. */
  httpStatus?: Maybe<Scalars['Int']['output']>;
  /** Identifies the attempt. */
  id: Scalars['ID']['output'];
  /** When the next attempt follows, if one does. */
  nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** The first 256 characters of an answer in text or JSON. Null for keys that do not see texts. */
  responseStart?: Maybe<Scalars['String']['output']>;
};

/** A page of attempts. */
export type WebhookAttemptsResult = {
  __typename?: 'WebhookAttemptsResult';
  /** The attempts, newest first. */
  items: Array<WebhookAttempt>;
  /** Where the next page begins; null at the end. */
  nextToken?: Maybe<Scalars['String']['output']>;
};

/** Which webhook. */
export type WebhookInput = {
  /** The webhook's id. */
  id: Scalars['ID']['input'];
};

/** A webhook and its secret. */
export type WebhookSecret = {
  __typename?: 'WebhookSecret';
  /** What its requests are signed with: `whsec_` and 32 bytes in base64. It is answered only this once. */
  secret: Scalars['String']['output'];
  /** The webhook. */
  webhook: Webhook;
};

/** Whether a webhook is told. */
export type WebhookState =
  /** Events are posted as they come. */
  | 'ACTIVE'
  /** It answered 410, or nothing succeeded for 5 days. Events wait for it as long as the feed keeps them. `paused: false` makes it ACTIVE. */
  | 'DISABLED'
  /** Ten attempts in a row have failed: only the oldest request is tried. The others follow once it succeeds. */
  | 'FAILING'
  /** Somebody paused it. Events wait for it as long as the feed keeps them. */
  | 'PAUSED';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Activity: ResolverTypeWrapper<Activity>;
  ActivityKind: ActivityKind;
  ActivityResult: ResolverTypeWrapper<ActivityResult>;
  AlertRule: ResolverTypeWrapper<AlertRuleModel>;
  ApiKey: ResolverTypeWrapper<ApiKeyRecord>;
  ApiKeySecret: ResolverTypeWrapper<Omit<ApiKeySecret, 'apiKey'> & { apiKey: ResolversTypes['ApiKey'] }>;
  AuditEntry: ResolverTypeWrapper<AuditEntryModel>;
  AuditLogFilter: AuditLogFilter;
  AuditLogResult: ResolverTypeWrapper<Omit<AuditLogResult, 'items'> & { items: Array<ResolversTypes['AuditEntry']> }>;
  AuditOutcome: AuditOutcome;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CancelMessagesInput: CancelMessagesInput;
  CancelMessagesResult: ResolverTypeWrapper<CancelMessagesResult>;
  CancelReason: CancelReason;
  Connection: ResolverTypeWrapper<Connection>;
  ConnectionProtocol: ConnectionProtocol;
  CreateAlertRuleInput: CreateAlertRuleInput;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateTopicInput: CreateTopicInput;
  CreateWebhookInput: CreateWebhookInput;
  CurrentKey: ResolverTypeWrapper<Omit<CurrentKey, 'apiKey'> & { apiKey: ResolversTypes['ApiKey'] }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DateTimeFilter: DateTimeFilter;
  DeleteAlertRuleInput: DeleteAlertRuleInput;
  DeliveredTo: ResolverTypeWrapper<DeliveredTo>;
  DeliverySeconds: ResolverTypeWrapper<DeliverySeconds>;
  DestroyTopicInput: DestroyTopicInput;
  EraseRecipientInput: EraseRecipientInput;
  EraseRecipientResult: ResolverTypeWrapper<EraseRecipientResult>;
  EventInput: EventInput;
  EventRule: ResolverTypeWrapper<EventRuleModel>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  GlobalMessage: ResolverTypeWrapper<GlobalMessageModel>;
  GlobalMessageInput: GlobalMessageInput;
  GlobalMessagesFilter: GlobalMessagesFilter;
  GlobalMessagesQueryResult: ResolverTypeWrapper<Omit<GlobalMessagesQueryResult, 'items'> & { items: Array<ResolversTypes['GlobalMessage']> }>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  Message: ResolverTypeWrapper<MessageModel>;
  MessageCounts: ResolverTypeWrapper<MessageCounts>;
  MessageInput: MessageInput;
  MessageStatus: MessageStatus;
  MessagesFilter: MessagesFilter;
  MessagesQueryResult: ResolverTypeWrapper<Omit<MessagesQueryResult, 'items'> & { items: Array<ResolversTypes['Message']> }>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PendingCode: PendingCode;
  PendingReason: ResolverTypeWrapper<PendingReason>;
  PublishEventError: ResolverTypeWrapper<PublishEventError>;
  PublishEventResult: ResolverTypeWrapper<PublishEventResult>;
  PublishEventsInput: PublishEventsInput;
  PushMessageError: ResolverTypeWrapper<PushMessageError>;
  PushMessageResult: ResolverTypeWrapper<Omit<PushMessageResult, 'item'> & { item?: Maybe<ResolversTypes['Message']> }>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ReceiptKind: ReceiptKind;
  Recipient: ResolverTypeWrapper<ToldRecipient>;
  RefusalReason: RefusalReason;
  RegisterRecipientInput: RegisterRecipientInput;
  RegisterRecipientResponse: ResolverTypeWrapper<RegisterRecipientResponse>;
  ReplayWebhookInput: ReplayWebhookInput;
  ReplayWebhookResult: ResolverTypeWrapper<ReplayWebhookResult>;
  RevokeApiKeyInput: RevokeApiKeyInput;
  RevokeRecipientInput: RevokeRecipientInput;
  RevokeRecipientResult: ResolverTypeWrapper<RevokeRecipientResult>;
  RotateWebhookSecretInput: RotateWebhookSecretInput;
  SetEventRuleInput: SetEventRuleInput;
  StatusEvent: ResolverTypeWrapper<ToldEvent>;
  StatusEventType: StatusEventType;
  StatusEventsFilter: StatusEventsFilter;
  StatusEventsResult: ResolverTypeWrapper<Omit<StatusEventsResult, 'items'> & { items: Array<ResolversTypes['StatusEvent']> }>;
  StatusFeed: ResolverTypeWrapper<StatusFeed>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TenantLimit: ResolverTypeWrapper<TenantLimit>;
  Token: ResolverTypeWrapper<Scalars['Token']['output']>;
  Topic: ResolverTypeWrapper<LiveTopic>;
  UpdateWebhookInput: UpdateWebhookInput;
  UsageEntry: ResolverTypeWrapper<UsageEntry>;
  UsageStep: UsageStep;
  Webhook: ResolverTypeWrapper<Webhook>;
  WebhookAttempt: ResolverTypeWrapper<WebhookAttempt>;
  WebhookAttemptsResult: ResolverTypeWrapper<WebhookAttemptsResult>;
  WebhookInput: WebhookInput;
  WebhookSecret: ResolverTypeWrapper<WebhookSecret>;
  WebhookState: WebhookState;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activity: Activity;
  ActivityResult: ActivityResult;
  AlertRule: AlertRuleModel;
  ApiKey: ApiKeyRecord;
  ApiKeySecret: Omit<ApiKeySecret, 'apiKey'> & { apiKey: ResolversParentTypes['ApiKey'] };
  AuditEntry: AuditEntryModel;
  AuditLogFilter: AuditLogFilter;
  AuditLogResult: Omit<AuditLogResult, 'items'> & { items: Array<ResolversParentTypes['AuditEntry']> };
  Boolean: Scalars['Boolean']['output'];
  CancelMessagesInput: CancelMessagesInput;
  CancelMessagesResult: CancelMessagesResult;
  Connection: Connection;
  CreateAlertRuleInput: CreateAlertRuleInput;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateTopicInput: CreateTopicInput;
  CreateWebhookInput: CreateWebhookInput;
  CurrentKey: Omit<CurrentKey, 'apiKey'> & { apiKey: ResolversParentTypes['ApiKey'] };
  DateTime: Scalars['DateTime']['output'];
  DateTimeFilter: DateTimeFilter;
  DeleteAlertRuleInput: DeleteAlertRuleInput;
  DeliveredTo: DeliveredTo;
  DeliverySeconds: DeliverySeconds;
  DestroyTopicInput: DestroyTopicInput;
  EraseRecipientInput: EraseRecipientInput;
  EraseRecipientResult: EraseRecipientResult;
  EventInput: EventInput;
  EventRule: EventRuleModel;
  Float: Scalars['Float']['output'];
  GlobalMessage: GlobalMessageModel;
  GlobalMessageInput: GlobalMessageInput;
  GlobalMessagesFilter: GlobalMessagesFilter;
  GlobalMessagesQueryResult: Omit<GlobalMessagesQueryResult, 'items'> & { items: Array<ResolversParentTypes['GlobalMessage']> };
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  JSONObject: Scalars['JSONObject']['output'];
  Message: MessageModel;
  MessageCounts: MessageCounts;
  MessageInput: MessageInput;
  MessagesFilter: MessagesFilter;
  MessagesQueryResult: Omit<MessagesQueryResult, 'items'> & { items: Array<ResolversParentTypes['Message']> };
  Mutation: Record<PropertyKey, never>;
  PendingReason: PendingReason;
  PublishEventError: PublishEventError;
  PublishEventResult: PublishEventResult;
  PublishEventsInput: PublishEventsInput;
  PushMessageError: PushMessageError;
  PushMessageResult: Omit<PushMessageResult, 'item'> & { item?: Maybe<ResolversParentTypes['Message']> };
  Query: Record<PropertyKey, never>;
  Recipient: ToldRecipient;
  RegisterRecipientInput: RegisterRecipientInput;
  RegisterRecipientResponse: RegisterRecipientResponse;
  ReplayWebhookInput: ReplayWebhookInput;
  ReplayWebhookResult: ReplayWebhookResult;
  RevokeApiKeyInput: RevokeApiKeyInput;
  RevokeRecipientInput: RevokeRecipientInput;
  RevokeRecipientResult: RevokeRecipientResult;
  RotateWebhookSecretInput: RotateWebhookSecretInput;
  SetEventRuleInput: SetEventRuleInput;
  StatusEvent: ToldEvent;
  StatusEventsFilter: StatusEventsFilter;
  StatusEventsResult: Omit<StatusEventsResult, 'items'> & { items: Array<ResolversParentTypes['StatusEvent']> };
  StatusFeed: StatusFeed;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  TenantLimit: TenantLimit;
  Token: Scalars['Token']['output'];
  Topic: LiveTopic;
  UpdateWebhookInput: UpdateWebhookInput;
  UsageEntry: UsageEntry;
  Webhook: Webhook;
  WebhookAttempt: WebhookAttempt;
  WebhookAttemptsResult: WebhookAttemptsResult;
  WebhookInput: WebhookInput;
  WebhookSecret: WebhookSecret;
};

export type ActivityResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  closeCode?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  connectedSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  connectionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  detail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['ActivityKind'], ParentType, ContextType>;
  lastAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  origin?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  protocol?: Resolver<Maybe<ResolversTypes['ConnectionProtocol']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['RefusalReason']>, ParentType, ContextType>;
  sourceIp?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  times?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ActivityResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['ActivityResult'] = ResolversParentTypes['ActivityResult']> = {
  items?: Resolver<Array<ResolversTypes['Activity']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AlertRuleResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['AlertRule'] = ResolversParentTypes['AlertRule']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  condition?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  topic?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ApiKeyResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  createdBy?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  prefix?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  role?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  scope?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ApiKeySecretResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['ApiKeySecret'] = ResolversParentTypes['ApiKeySecret']> = {
  apiKey?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type AuditEntryResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  address?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  apiKeyId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  keyName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  keyPrefix?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  operation?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['AuditOutcome'], ParentType, ContextType>;
  requestId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  subject?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AuditLogResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['AuditLogResult'] = ResolversParentTypes['AuditLogResult']> = {
  items?: Resolver<Array<ResolversTypes['AuditEntry']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CancelMessagesResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['CancelMessagesResult'] = ResolversParentTypes['CancelMessagesResult']> = {
  cancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ConnectionResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Connection'] = ResolversParentTypes['Connection']> = {
  behind?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  origin?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  protocol?: Resolver<ResolversTypes['ConnectionProtocol'], ParentType, ContextType>;
  since?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  sourceIp?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  unconfirmed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CurrentKeyResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['CurrentKey'] = ResolversParentTypes['CurrentKey']> = {
  apiKey?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType>;
  limits?: Resolver<Array<ResolversTypes['TenantLimit']>, ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeliveredToResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['DeliveredTo'] = ResolversParentTypes['DeliveredTo']> = {
  connectionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  origin?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  protocol?: Resolver<Maybe<ResolversTypes['ConnectionProtocol']>, ParentType, ContextType>;
  since?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  sourceIp?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DeliverySecondsResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['DeliverySeconds'] = ResolversParentTypes['DeliverySeconds']> = {
  p50?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  p99?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type EraseRecipientResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['EraseRecipientResult'] = ResolversParentTypes['EraseRecipientResult']> = {
  erased?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EventRuleResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['EventRule'] = ResolversParentTypes['EventRule']> = {
  entity?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  types?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type GlobalMessageResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['GlobalMessage'] = ResolversParentTypes['GlobalMessage']> = {
  cancelledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  counts?: Resolver<Maybe<ResolversTypes['MessageCounts']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  textHidden?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type GlobalMessagesQueryResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['GlobalMessagesQueryResult'] = ResolversParentTypes['GlobalMessagesQueryResult']> = {
  items?: Resolver<Array<ResolversTypes['GlobalMessage']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface JsonObjectScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSONObject'], any> {
  name: 'JSONObject';
}

export type MessageResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Message'] = ResolversParentTypes['Message']> = {
  cancelReason?: Resolver<Maybe<ResolversTypes['CancelReason']>, ParentType, ContextType>;
  cancelledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  deliveredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  deliveredTo?: Resolver<Maybe<ResolversTypes['DeliveredTo']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  globalMessageId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  pendingReason?: Resolver<Maybe<ResolversTypes['PendingReason']>, ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['ReceiptKind']>, ParentType, ContextType>;
  recipient?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['MessageStatus'], ParentType, ContextType>;
  textHidden?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MessageCountsResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['MessageCounts'] = ResolversParentTypes['MessageCounts']> = {
  cancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  delivered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  exact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  pending?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type MessagesQueryResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['MessagesQueryResult'] = ResolversParentTypes['MessagesQueryResult']> = {
  items?: Resolver<Array<ResolversTypes['Message']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  cancelMessages?: Resolver<Maybe<ResolversTypes['CancelMessagesResult']>, ParentType, ContextType, RequireFields<MutationCancelMessagesArgs, 'input'>>;
  createAlertRule?: Resolver<Maybe<ResolversTypes['AlertRule']>, ParentType, ContextType, RequireFields<MutationCreateAlertRuleArgs, 'input'>>;
  createApiKey?: Resolver<Maybe<ResolversTypes['ApiKeySecret']>, ParentType, ContextType, RequireFields<MutationCreateApiKeyArgs, 'input'>>;
  createTopic?: Resolver<Maybe<ResolversTypes['Topic']>, ParentType, ContextType, RequireFields<MutationCreateTopicArgs, 'input'>>;
  createWebhook?: Resolver<Maybe<ResolversTypes['WebhookSecret']>, ParentType, ContextType, RequireFields<MutationCreateWebhookArgs, 'input'>>;
  deleteAlertRule?: Resolver<Maybe<ResolversTypes['AlertRule']>, ParentType, ContextType, RequireFields<MutationDeleteAlertRuleArgs, 'input'>>;
  deleteWebhook?: Resolver<Maybe<ResolversTypes['Webhook']>, ParentType, ContextType, RequireFields<MutationDeleteWebhookArgs, 'input'>>;
  destroyTopic?: Resolver<Maybe<ResolversTypes['Topic']>, ParentType, ContextType, RequireFields<MutationDestroyTopicArgs, 'input'>>;
  eraseRecipient?: Resolver<Maybe<ResolversTypes['EraseRecipientResult']>, ParentType, ContextType, RequireFields<MutationEraseRecipientArgs, 'input'>>;
  publishEvents?: Resolver<Maybe<Array<ResolversTypes['PublishEventResult']>>, ParentType, ContextType, RequireFields<MutationPublishEventsArgs, 'input'>>;
  pushGlobalMessage?: Resolver<Maybe<ResolversTypes['GlobalMessage']>, ParentType, ContextType, RequireFields<MutationPushGlobalMessageArgs, 'input'>>;
  pushMessage?: Resolver<Maybe<Array<ResolversTypes['PushMessageResult']>>, ParentType, ContextType, RequireFields<MutationPushMessageArgs, 'input'>>;
  registerRecipient?: Resolver<Maybe<ResolversTypes['RegisterRecipientResponse']>, ParentType, ContextType, RequireFields<MutationRegisterRecipientArgs, 'input'>>;
  replayWebhook?: Resolver<Maybe<ResolversTypes['ReplayWebhookResult']>, ParentType, ContextType, RequireFields<MutationReplayWebhookArgs, 'input'>>;
  revokeApiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType, RequireFields<MutationRevokeApiKeyArgs, 'input'>>;
  revokeRecipient?: Resolver<Maybe<ResolversTypes['RevokeRecipientResult']>, ParentType, ContextType, RequireFields<MutationRevokeRecipientArgs, 'input'>>;
  rotateWebhookSecret?: Resolver<Maybe<ResolversTypes['WebhookSecret']>, ParentType, ContextType, RequireFields<MutationRotateWebhookSecretArgs, 'input'>>;
  setEventRule?: Resolver<Maybe<ResolversTypes['EventRule']>, ParentType, ContextType, RequireFields<MutationSetEventRuleArgs, 'input'>>;
  setStatusFeed?: Resolver<Maybe<ResolversTypes['StatusFeed']>, ParentType, ContextType, RequireFields<MutationSetStatusFeedArgs, 'enabled'>>;
  testWebhook?: Resolver<Maybe<ResolversTypes['WebhookAttempt']>, ParentType, ContextType, RequireFields<MutationTestWebhookArgs, 'input'>>;
  updateWebhook?: Resolver<Maybe<ResolversTypes['Webhook']>, ParentType, ContextType, RequireFields<MutationUpdateWebhookArgs, 'input'>>;
};

export type PendingReasonResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PendingReason'] = ResolversParentTypes['PendingReason']> = {
  code?: Resolver<ResolversTypes['PendingCode'], ParentType, ContextType>;
  since?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PublishEventErrorResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PublishEventError'] = ResolversParentTypes['PublishEventError']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PublishEventResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PublishEventResult'] = ResolversParentTypes['PublishEventResult']> = {
  error?: Resolver<Maybe<ResolversTypes['PublishEventError']>, ParentType, ContextType>;
  id?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PushMessageErrorResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PushMessageError'] = ResolversParentTypes['PushMessageError']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PushMessageResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['PushMessageResult'] = ResolversParentTypes['PushMessageResult']> = {
  error?: Resolver<Maybe<ResolversTypes['PushMessageError']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  item?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  alertRules?: Resolver<Maybe<Array<ResolversTypes['AlertRule']>>, ParentType, ContextType>;
  apiKeys?: Resolver<Maybe<Array<ResolversTypes['ApiKey']>>, ParentType, ContextType>;
  auditLog?: Resolver<Maybe<ResolversTypes['AuditLogResult']>, ParentType, ContextType, Partial<QueryAuditLogArgs>>;
  currentKey?: Resolver<Maybe<ResolversTypes['CurrentKey']>, ParentType, ContextType>;
  eventRules?: Resolver<Maybe<Array<ResolversTypes['EventRule']>>, ParentType, ContextType>;
  globalMessages?: Resolver<Maybe<ResolversTypes['GlobalMessagesQueryResult']>, ParentType, ContextType, Partial<QueryGlobalMessagesArgs>>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType, RequireFields<QueryMessageArgs, 'id'>>;
  messageCounts?: Resolver<Maybe<ResolversTypes['MessageCounts']>, ParentType, ContextType, Partial<QueryMessageCountsArgs>>;
  messages?: Resolver<Maybe<ResolversTypes['MessagesQueryResult']>, ParentType, ContextType, Partial<QueryMessagesArgs>>;
  recipient?: Resolver<Maybe<ResolversTypes['Recipient']>, ParentType, ContextType, RequireFields<QueryRecipientArgs, 'name'>>;
  recipients?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType, RequireFields<QueryRecipientsArgs, 'startsWith'>>;
  statusEvents?: Resolver<Maybe<ResolversTypes['StatusEventsResult']>, ParentType, ContextType, Partial<QueryStatusEventsArgs>>;
  statusFeed?: Resolver<Maybe<ResolversTypes['StatusFeed']>, ParentType, ContextType>;
  topics?: Resolver<Maybe<Array<ResolversTypes['Topic']>>, ParentType, ContextType>;
  usage?: Resolver<Maybe<Array<ResolversTypes['UsageEntry']>>, ParentType, ContextType, RequireFields<QueryUsageArgs, 'during' | 'step'>>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  webhookAttempts?: Resolver<Maybe<ResolversTypes['WebhookAttemptsResult']>, ParentType, ContextType, RequireFields<QueryWebhookAttemptsArgs, 'id'>>;
  webhooks?: Resolver<Maybe<Array<ResolversTypes['Webhook']>>, ParentType, ContextType>;
};

export type RecipientResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Recipient'] = ResolversParentTypes['Recipient']> = {
  activity?: Resolver<Maybe<ResolversTypes['ActivityResult']>, ParentType, ContextType, Partial<RecipientActivityArgs>>;
  awaitedGlobals?: Resolver<Array<ResolversTypes['GlobalMessage']>, ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  connections?: Resolver<Array<ResolversTypes['Connection']>, ParentType, ContextType>;
  lastSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  pending?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RegisterRecipientResponseResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['RegisterRecipientResponse'] = ResolversParentTypes['RegisterRecipientResponse']> = {
  connectionUri?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['Token'], ParentType, ContextType>;
};

export type ReplayWebhookResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['ReplayWebhookResult'] = ResolversParentTypes['ReplayWebhookResult']> = {
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RevokeRecipientResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['RevokeRecipientResult'] = ResolversParentTypes['RevokeRecipientResult']> = {
  revokedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type StatusEventResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['StatusEvent'] = ResolversParentTypes['StatusEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cancelReason?: Resolver<Maybe<ResolversTypes['CancelReason']>, ParentType, ContextType>;
  globalMessageId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['ReceiptKind']>, ParentType, ContextType>;
  recipient?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  topic?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes['StatusEventType'], ParentType, ContextType>;
};

export type StatusEventsResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['StatusEventsResult'] = ResolversParentTypes['StatusEventsResult']> = {
  items?: Resolver<Array<ResolversTypes['StatusEvent']>, ParentType, ContextType>;
  more?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  next?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type StatusFeedResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['StatusFeed'] = ResolversParentTypes['StatusFeed']> = {
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  globals?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  statusEvents?: SubscriptionResolver<ResolversTypes['StatusEvent'], "statusEvents", ParentType, ContextType, Partial<SubscriptionStatusEventsArgs>>;
};

export type TenantLimitResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['TenantLimit'] = ResolversParentTypes['TenantLimit']> = {
  limit?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  policy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface TokenScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Token'], any> {
  name: 'Token';
}

export type TopicResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Topic'] = ResolversParentTypes['Topic']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  system?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type UsageEntryResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['UsageEntry'] = ResolversParentTypes['UsageEntry']> = {
  accepted?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  acceptedBytes?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  connects?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  delivered?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  deliverySeconds?: Resolver<Maybe<ResolversTypes['DeliverySeconds']>, ParentType, ContextType>;
  expired?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  globals?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  liveEvents?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  peakConnections?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  recalled?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  refused?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  webhookAttempts?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type WebhookResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['Webhook'] = ResolversParentTypes['Webhook']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  createdBy?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  dropped?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  events?: Resolver<Array<ResolversTypes['StatusEventType']>, ParentType, ContextType>;
  failingSince?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  globals?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  includeText?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastSuccessAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  maxBatch?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['WebhookState'], ParentType, ContextType>;
  stateReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  waiting?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type WebhookAttemptResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['WebhookAttempt'] = ResolversParentTypes['WebhookAttempt']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  attempt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  durationMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  eventIds?: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType>;
  httpStatus?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  responseStart?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type WebhookAttemptsResultResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['WebhookAttemptsResult'] = ResolversParentTypes['WebhookAttemptsResult']> = {
  items?: Resolver<Array<ResolversTypes['WebhookAttempt']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type WebhookSecretResolvers<ContextType = ApiContext, ParentType extends ResolversParentTypes['WebhookSecret'] = ResolversParentTypes['WebhookSecret']> = {
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  webhook?: Resolver<ResolversTypes['Webhook'], ParentType, ContextType>;
};

export type Resolvers<ContextType = ApiContext> = {
  Activity?: ActivityResolvers<ContextType>;
  ActivityResult?: ActivityResultResolvers<ContextType>;
  AlertRule?: AlertRuleResolvers<ContextType>;
  ApiKey?: ApiKeyResolvers<ContextType>;
  ApiKeySecret?: ApiKeySecretResolvers<ContextType>;
  AuditEntry?: AuditEntryResolvers<ContextType>;
  AuditLogResult?: AuditLogResultResolvers<ContextType>;
  CancelMessagesResult?: CancelMessagesResultResolvers<ContextType>;
  Connection?: ConnectionResolvers<ContextType>;
  CurrentKey?: CurrentKeyResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeliveredTo?: DeliveredToResolvers<ContextType>;
  DeliverySeconds?: DeliverySecondsResolvers<ContextType>;
  EraseRecipientResult?: EraseRecipientResultResolvers<ContextType>;
  EventRule?: EventRuleResolvers<ContextType>;
  GlobalMessage?: GlobalMessageResolvers<ContextType>;
  GlobalMessagesQueryResult?: GlobalMessagesQueryResultResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  Message?: MessageResolvers<ContextType>;
  MessageCounts?: MessageCountsResolvers<ContextType>;
  MessagesQueryResult?: MessagesQueryResultResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PendingReason?: PendingReasonResolvers<ContextType>;
  PublishEventError?: PublishEventErrorResolvers<ContextType>;
  PublishEventResult?: PublishEventResultResolvers<ContextType>;
  PushMessageError?: PushMessageErrorResolvers<ContextType>;
  PushMessageResult?: PushMessageResultResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Recipient?: RecipientResolvers<ContextType>;
  RegisterRecipientResponse?: RegisterRecipientResponseResolvers<ContextType>;
  ReplayWebhookResult?: ReplayWebhookResultResolvers<ContextType>;
  RevokeRecipientResult?: RevokeRecipientResultResolvers<ContextType>;
  StatusEvent?: StatusEventResolvers<ContextType>;
  StatusEventsResult?: StatusEventsResultResolvers<ContextType>;
  StatusFeed?: StatusFeedResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  TenantLimit?: TenantLimitResolvers<ContextType>;
  Token?: GraphQLScalarType;
  Topic?: TopicResolvers<ContextType>;
  UsageEntry?: UsageEntryResolvers<ContextType>;
  Webhook?: WebhookResolvers<ContextType>;
  WebhookAttempt?: WebhookAttemptResolvers<ContextType>;
  WebhookAttemptsResult?: WebhookAttemptsResultResolvers<ContextType>;
  WebhookSecret?: WebhookSecretResolvers<ContextType>;
};

