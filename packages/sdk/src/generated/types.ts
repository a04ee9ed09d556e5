/** What a recipient's connections did, or an attempt to make one. Kept for 7 days unless the operator says otherwise, the last 200 of a recipient. */
export interface Activity {
  /** When it happened; of refusals that were counted together, the first. */
  at: string;
  /** The WebSocket's close code. */
  closeCode: number | null;
  /** For how long the connection that ended had been open. */
  connectedSeconds: number | null;
  /** The connection that was opened, or ended. */
  connectionId: string | null;
  /** What the close code means. */
  detail: string | null;
  /** What happened. */
  kind: ActivityKind;
  /** When it happened last: equal refusals within an hour are one entry. */
  lastAt: string;
  /** An opaque name of the node, which changes with each start; the operator's log has both. */
  node: string;
  /** The page, as its browser says. */
  origin: string | null;
  /** What the client speaks. */
  protocol: ConnectionProtocol | null;
  /** Why it was refused. */
  reason: RefusalReason | null;
  /** Where the client was. */
  sourceIp: string | null;
  /** How often it happened. */
  times: number;
  /** The topic of the registration. */
  topic: string | null;
  /** The browser, as it says itself; cut at 256 characters. */
  userAgent: string | null;
}

/**
 * What happened to a recipient's connections.
 *
 * - `CONNECTED`: A connection was opened.
 * - `DISCONNECTED`: A connection ended.
 * - `REFUSED`: An attempt to connect was refused.
 */
export type ActivityKind =
  | 'CONNECTED'
  | 'DISCONNECTED'
  | 'REFUSED';

/** One page of activity. */
export interface ActivityResult {
  /** What happened, newest first by when it began. */
  items: Activity[];
  /** Give this for the next page. Null at the end. */
  nextToken: string | null;
}

/** A condition that clients can subscribe to by its code. */
export interface AlertRule {
  /** The code. */
  code: string;
  /** The expression. */
  condition: string;
  /** When it was made. */
  createdAt: string;
  /** The pattern of live topics that it looks at. */
  topic: string;
}

/** A key of the tenant. The key itself is stored nowhere. */
export interface ApiKey {
  /** When it was made. */
  createdAt: string;
  /** The key that made it, if one did. */
  createdBy: string | null;
  /** When it ends by itself. */
  expiresAt: string | null;
  /** Identifies the key. */
  id: string;
  /** When it was used last; at most a minute behind. */
  lastUsedAt: string | null;
  /** What it is for. */
  name: string | null;
  /** The first characters of the key, to tell keys apart. */
  prefix: string;
  /** When it was revoked, or will be. */
  revokedAt: string | null;
  /** The role whose scope it was made with: `full`, `push` or `support`. A key that was made by another has that one's. */
  role: string | null;
  /** What it may do: entries, separated by spaces. */
  scope: string;
}

/** A new key. */
export interface ApiKeySecret {
  /** What is known of it. */
  apiKey: ApiKey;
  /** The key itself, for the header `x-api-key`. It is shown only this once. */
  secret: string;
}

/** One operation: who asked for it, and what became of it. */
export interface AuditEntry {
  /** Where the call came from, as far as proxies are believed. */
  address: string | null;
  /** The key that asked for it; null for what the command line did. */
  apiKeyId: string | null;
  /** When it began. */
  at: string;
  /** The code of the error. */
  code: string | null;
  /** Identifies the entry: a UUID of version 7. */
  id: string;
  /** The name of that key. */
  keyName: string | null;
  /** The first characters of that key. */
  keyPrefix: string | null;
  /** The root field's name; of the command line `cli.` and the command, such as `cli.tenant.disable`. */
  operation: string;
  /** What became of it. */
  outcome: AuditOutcome;
  /** The call's `x-request-id`. */
  requestId: string | null;
  /**
   * What was touched, such as `topic:"orders" recipient:5f0c…`: ids, names of topics and rules, prefixes of keys. A recipient
   * is the HMAC-SHA256 of its name under a key of the tenant's; `filter.recipient` finds it by name.
   */
  subject: string | null;
}

/** Selects entries that match everything given. */
export interface AuditLogFilter {
  /** Entries of this key, by its id. */
  apiKeyId?: string | null | undefined;
  /** When they began; both ends are included. */
  at?: DateTimeFilter | null | undefined;
  /** Entries of this operation, by its exact name. */
  operation?: string | null | undefined;
  /** Entries that touched this recipient, by name. */
  recipient?: string | null | undefined;
}

/** A page of the audit log. */
export interface AuditLogResult {
  /** The newest first. There may be fewer than `limit`, even none. */
  items: AuditEntry[];
  /** Null at the end, and only there. */
  nextToken: string | null;
}

/**
 * What became of an audited operation.
 *
 * - `DONE`: It took place. The entry was written in the same transaction.
 * - `FAILED`: It could not be done, and was not.
 * - `REFUSED`: It was refused: the key's scope, the input or a limit forbids it. `code` tells.
 * - `UNKNOWN`: The connection broke during the commit, or the operation takes several steps and did not come to its end. One that was committed at once is DONE, not UNKNOWN.
 */
export type AuditOutcome =
  | 'DONE'
  | 'FAILED'
  | 'REFUSED'
  | 'UNKNOWN';

/** What to cancel: messages that match everything given. At least one must be given. */
export interface CancelMessagesInput {
  /** Messages that came from this global message. Given alone, it first ends the global message itself. */
  globalMessageId?: string | null | undefined;
  /** Messages with these ids, up to 10,000; an empty list matches nothing. */
  ids?: readonly string[] | null | undefined;
  /** Messages to this recipient. */
  recipient?: string | null | undefined;
  /** Messages that were pushed with this topic. */
  topic?: string | null | undefined;
}

/** What was cancelled. */
export interface CancelMessagesResult {
  /** How many messages were cancelled by this call: at most 10,000, the oldest first. */
  cancelled: number;
  /** False where more match: repeat the call. */
  complete: boolean;
}

/**
 * Why a message was cancelled.
 *
 * - `EXPIRED`: Its `expiresAt` passed without a receipt.
 * - `RECALLED`: By `cancelMessages`.
 */
export type CancelReason =
  | 'EXPIRED'
  | 'RECALLED';

/** A connection that is open at this moment. */
export interface Connection {
  /** True if it has no room for what waits: the client confirms or reads too slowly. */
  behind: boolean;
  /** Identifies the connection. */
  id: string;
  /** An opaque name of the node that holds it, which changes with each start; the operator's log has both. */
  node: string;
  /** The page that opened it, as its browser says. */
  origin: string | null;
  /** What its client speaks. */
  protocol: ConnectionProtocol;
  /** When it was opened. */
  since: string;
  /** Where it comes from. */
  sourceIp: string | null;
  /** The topic of its registration. */
  topic: string | null;
  /** Number of messages that were sent on it and have no receipt yet. */
  unconfirmed: number;
  /** The browser, as it says itself; cut at 256 characters. */
  userAgent: string | null;
}

/**
 * What a client speaks.
 *
 * - `PLAIN`: Texts alone; receipts are pongs.
 * - `V1`: `tidings.v1`: frames in JSON; receipts are acks.
 */
export type ConnectionProtocol =
  | 'PLAIN'
  | 'V1';

/** A condition to be subscribed to by its code. */
export interface CreateAlertRuleInput {
  /** A code that no other rule of the tenant has, of 1 to 128 characters. */
  code: string;
  /**
   * An expression in CEL (Common Expression Language) over `topic`, `type`, `name`, `data`, `previous` and `changed`, such as `data.delay >
   * 24 && type == "update"`, of at most 1,024 bytes. If it fails on an event, it counts as false.
   */
  condition: string;
  /** The pattern of live topics that it looks at. */
  topic: string;
}

/** What a new key may do, and for how long. */
export interface CreateApiKeyInput {
  /** When it ends; not given: never. In the future. */
  expiresAt?: Date | string | null | undefined;
  /** What it is for, 1 to 128 characters without control characters. */
  name?: string | null | undefined;
  /** Entries, separated by spaces, such as `websockets-manager-api:query:* websockets-manager-api:mutation:pushMessage`; at most 4,096 bytes. */
  scope: string;
}

/** A topic to add to the list. */
export interface CreateTopicInput {
  /** A live topic. */
  name: string;
  /** Clients cannot destroy it. By default they can, if they are granted to publish on it. */
  system?: boolean | null | undefined;
}

/** Where to post what. */
export interface CreateWebhookInput {
  /** What it is for, at most 1,024 characters. */
  description?: string | null | undefined;
  /** Which events, at least one. */
  events: readonly StatusEventType[];
  /** Whether to tell of the messages of global ones, too. Not given: no. */
  globals?: boolean | null | undefined;
  /** Whether to post the texts of messages, too. Not given: no. */
  includeText?: boolean | null | undefined;
  /** Events of one request, 1 to 500. Not given: 1. */
  maxBatch?: number | null | undefined;
  /** An `https://` URL with port 443 or one from 1024 on, without credentials, at most 2,048 characters. */
  url: string;
}

/** What is known of the key of this call. */
export interface CurrentKey {
  /** The key. */
  apiKey: ApiKey;
  /** The limits that hold for the tenant. */
  limits: TenantLimit[];
  /** The name of its tenant. */
  tenant: string;
}

/** A range of time that includes both ends. Each end is a `DateTime`, or a bare date such as `2023-07-18`. */
export interface DateTimeFilter {
  /** The first moment of the range; of a bare date its first moment. */
  from?: string | null | undefined;
  /** The last moment of the range; of a bare date its last moment. */
  to?: string | null | undefined;
}

/** An alert rule to delete. */
export interface DeleteAlertRuleInput {
  /** Its code. */
  code: string;
}

/** Who got a message. What stands beside the id is known as long as activity is kept. */
export interface DeliveredTo {
  /** Identifies the connection. */
  connectionId: string;
  /** The page that opened it, as its browser said. */
  origin: string | null;
  /** What its client spoke. */
  protocol: ConnectionProtocol | null;
  /** When it was opened. */
  since: string | null;
  /** Where it came from. */
  sourceIp: string | null;
  /** The topic of its registration. */
  topic: string | null;
  /** The browser, as it said itself. */
  userAgent: string | null;
}

/** Times from the acceptance of a message to its receipt, waiting for the recipient included, within 5 %. */
export interface DeliverySeconds {
  /** Half of the messages took at most so long. */
  p50: number;
  /** 99 of 100 messages took at most so long. */
  p99: number;
}

/** A topic to take from the list. */
export interface DestroyTopicInput {
  /** Its name. */
  name: string;
}

/** Who is to be erased. */
export interface EraseRecipientInput {
  /** The recipient's name. */
  recipient: string;
}

/** What was erased. */
export interface EraseRecipientResult {
  /** How many messages were deleted. */
  erased: number;
}

/** One change event. */
export interface EventInput {
  /** The names of the attributes that have changed. */
  changed?: readonly string[] | null | undefined;
  /** The object. */
  data: object;
  /** A name of the object for people. */
  name?: string | null | undefined;
  /** A live topic that is told of its child as well. */
  parent?: string | null | undefined;
  /** Its old values. */
  previous?: object | null | undefined;
  /**
   * The live topic: 1 to 16 segments joined by `:`, at most 512 bytes. The last segment is the object's id, the one before it its kind, such
   * as `file:37c3b618`.
   */
  topic: string;
  /** `create`, `update`, `delete`, or a word of your own. */
  type: string;
}

/** Whose events of which types flow to clients of entity events. Without a rule, none do. */
export interface EventRule {
  /** The kind of the objects. */
  entity: string;
  /** Types of events. */
  types: string[];
}

/** One text for all recipients. What became of it is told by the messages with its `globalMessageId`, one per recipient it was sent to. */
export interface GlobalMessage {
  /** When it was recalled. */
  cancelledAt: string | null;
  /**
   * What became of it: how many messages it made, by status, of the recipients that it was sent to. Only in a page of `globalMessages`, which
   * has at most 25 items then, and 25 if no limit is given; else null.
   *
   * There only where it was asked for by `include`.
   */
  counts?: MessageCounts | null;
  /** When it was accepted. */
  createdAt: string;
  /** After this moment it is not sent. */
  expiresAt: string | null;
  /** Identifies the global message: a UUID of version 7. */
  id: string;
  /** The text; its length, such as `[43 bytes]`, if the key has the option `hide-text`. */
  message: string;
  /** Whether `message` is the length in place of the text, because the key has the option `hide-text`. */
  textHidden: boolean;
  /** The topic that it was pushed with. */
  topic: string | null;
}

/** What to push to everybody. */
export interface GlobalMessageInput {
  /**
   * If given, everybody who is or gets connected before this moment gets the message. In the future, at most 365 days ahead. Example:
   * `2023-07-18T15:00:00` (GMT).
   */
  expiresAt?: Date | string | null | undefined;
  /**
   * If given, a repetition with the same key within 24 hours pushes nothing and answers the same global message in its present state. 1 to
   * 128 characters; shares its name space with `pushMessage`.
   */
  idempotencyKey?: string | null | undefined;
  /** The text, 1 byte to 64 KiB of UTF-8. */
  message: string;
  /** If given, only connections that were registered with this topic get the message. 1 to 256 characters. */
  topic?: string | null | undefined;
}

/** Which global messages to list. Options are joined by AND. */
export interface GlobalMessagesFilter {
  /** Only global messages that were accepted in this range of time. */
  createdAt?: DateTimeFilter | null | undefined;
  /** Only global messages whose expiry lies in this range of time. */
  expiresAt?: DateTimeFilter | null | undefined;
  /** Only global messages that were pushed with this topic. */
  topic?: string | null | undefined;
}

/** One page of global messages. */
export interface GlobalMessagesQueryResult {
  /** The global messages, newest first. May be fewer than the limit, even none, although more follow: see `nextToken`. */
  items: GlobalMessage[];
  /** Give this, with the same filter, for the next page. Null at the end, and only there. */
  nextToken: string | null;
}

/** One text for one recipient, and what became of it. */
export interface Message {
  /** Why it was cancelled. */
  cancelReason: CancelReason | null;
  /** When it was recalled, or expired. */
  cancelledAt: string | null;
  /** When it was accepted. */
  createdAt: string;
  /** When the receipt came in. */
  deliveredAt: string | null;
  /** The connection whose receipt `deliveredAt` tells of. */
  deliveredTo: DeliveredTo | null;
  /** After this moment it is not sent. */
  expiresAt: string | null;
  /** The global message that it came from, if any. */
  globalMessageId: string | null;
  /** Identifies the message: a UUID of version 7. */
  id: string;
  /** The text; its length, such as `[43 bytes]`, if the key has the option `hide-text`. */
  message: string;
  /**
   * Why it is PENDING; of one that EXPIRED without a receipt, the last that was known then. Null for others. Only below `message` and `messages`,
   * and for 100 messages in one document.
   *
   * There only where it was asked for by `include`.
   */
  pendingReason?: PendingReason | null;
  /** What proves that a client has it; also filled by a receipt that came too late to change the status. */
  receipt: ReceiptKind | null;
  /** Name of the recipient. */
  recipient: string;
  /** What became of it. */
  status: MessageStatus;
  /** Whether `message` is the length in place of the text, because the key has the option `hide-text`. */
  textHidden: boolean;
  /** The topic that it was pushed with. */
  topic: string | null;
}

/** How many messages there are, by status as answered. At most 100,000 rows are examined. */
export interface MessageCounts {
  /** Messages that were recalled or have expired. */
  cancelled: number;
  /** Messages with a receipt. */
  delivered: number;
  /** False where more rows had to be examined: then each figure is a lower bound. */
  exact: boolean;
  /** Messages that wait. */
  pending: number;
}

/** What to push, and to whom. */
export interface MessageInput {
  /** If given, the message is not sent after this moment. In the future, at most 365 days ahead. Example: `2023-07-18T15:00:00` (GMT). */
  expiresAt?: Date | string | null | undefined;
  /**
   * If given, a repetition with the same key within 24 hours pushes nothing and answers the same entries in their present state. 1 to 128
   * characters.
   */
  idempotencyKey?: string | null | undefined;
  /** The text, 1 byte to 64 KiB of UTF-8. Number of recipients times bytes of text: at most 16 MiB. */
  message: string;
  /** If given, an OVERDUE status event tells of each message that is still pending after so many seconds: 1 to 2,592,000. The feed must be on. */
  notifyAfter?: number | null | undefined;
  /** Names of the recipients, 1 to 10,000; repeated names count once. */
  recipients: readonly string[];
  /** If given, only connections that were registered with this topic get the message. 1 to 256 characters. */
  topic?: string | null | undefined;
}

/**
 * What became of a message.
 *
 * - `CANCELLED`: It was recalled, or it expired without a receipt.
 * - `DELIVERED`: A client gave a receipt.
 * - `PENDING`: Durable; no receipt has come yet, it has not expired, and nobody has recalled it.
 */
export type MessageStatus =
  | 'CANCELLED'
  | 'DELIVERED'
  | 'PENDING';

/** Which messages to list. Options are joined by AND. */
export interface MessagesFilter {
  /** Only messages that were cancelled for this reason, expiry of this moment included. */
  cancelReason?: CancelReason | null | undefined;
  /** Only messages that were accepted in this range of time. */
  createdAt?: DateTimeFilter | null | undefined;
  /** Only messages whose receipt came in in this range of time. */
  deliveredAt?: DateTimeFilter | null | undefined;
  /** Only messages whose expiry lies in this range of time. */
  expiresAt?: DateTimeFilter | null | undefined;
  /** Only messages that came from this global message. */
  globalMessageId?: string | null | undefined;
  /** Only messages with a receipt of this kind; also one that came too late to change the status. */
  receipt?: ReceiptKind | null | undefined;
  /** Only messages to this recipient. */
  recipient?: string | null | undefined;
  /** Only messages that have this status now, expiry included. */
  status?: MessageStatus | null | undefined;
  /** Only messages that were pushed with this topic. */
  topic?: string | null | undefined;
}

/** One page of messages. */
export interface MessagesQueryResult {
  /** The messages, newest first. May be fewer than the limit, even none, although more follow: see `nextToken`. */
  items: Message[];
  /** Give this, with the same filter, for the next page. Null at the end, and only there. */
  nextToken: string | null;
}

/**
 * Why a message waits.
 *
 * - `BEHIND`: The connection has no room, or its node waits for the database.
 * - `NOT_CONNECTED`: Nobody is connected under the recipient's name.
 * - `NO_RECEIPT`: It was sent, and the receipt has not come.
 * - `ON_ITS_WAY`: The recipient is connected, and it is about to be sent.
 * - `OTHER_TOPIC`: The recipient is connected, but not with the message's topic.
 * - `REFUSED`: The last that is known is that an attempt to connect was refused.
 * - `UNKNOWN`: A node that may hold the recipient's connection did not answer; or nothing tells why it expired.
 */
export type PendingCode =
  | 'BEHIND'
  | 'NOT_CONNECTED'
  | 'NO_RECEIPT'
  | 'ON_ITS_WAY'
  | 'OTHER_TOPIC'
  | 'REFUSED'
  | 'UNKNOWN';

/** Why a message waits, and what to do about it. */
export interface PendingReason {
  /** The reason, for programs. */
  code: PendingCode;
  /** When it was sent, when the recipient was last seen or refused, or since when it is connected, as the case may be. */
  since: string | null;
  /** One sentence for support staff. It quotes no message. */
  text: string;
}

/** Why an event was not published. */
export interface PublishEventError {
  /** A stable code, such as `BAD_USER_INPUT`. */
  code: string;
  /** The same in words. */
  message: string;
}

/** What became of one event. */
export interface PublishEventResult {
  /** Why it was not published. */
  error: PublishEventError | null;
  /** Its id, if it was published. */
  id: string | null;
  /** Its position in the input. */
  index: number;
}

/** Change events. */
export interface PublishEventsInput {
  /** 1 to 1,000 events, of at most 64 KiB each. */
  events: readonly EventInput[];
}

/** Why a message was not accepted for one recipient. */
export interface PushMessageError {
  /**
   * `BAD_USER_INPUT`: the name is not acceptable; `QUOTA_EXCEEDED`: too many messages are pending for this recipient;
   * `GONE`: a repeated `idempotencyKey`, whose message was erased or deleted since.
   */
  code: string;
  /** The same in words. */
  message: string;
}

/** What became of the push to one recipient: either an item or an error. */
export interface PushMessageResult {
  /** Why it was not accepted. */
  error: PushMessageError | null;
  /** First position of the recipient in `recipients`, from 0. */
  index: number;
  /** The message, if it was accepted. */
  item: Message | null;
}

/**
 * What a receipt proves.
 *
 * - `ACK`: The client's application said that it has dealt with the message.
 * - `PONG`: The client's WebSocket stack has the message: it answered the ping that followed it.
 */
export type ReceiptKind =
  | 'ACK'
  | 'PONG';

/** A recipient, as it is at this moment. */
export interface Recipient {
  /**
   * What its connections did lately.
   *
   * There only where it was asked for by `include`.
   */
  activity?: ActivityResult | null;
  /** Global messages that wait for it and have no message of its own yet, at most 100. */
  awaitedGlobals: GlobalMessage[];
  /** True only if every node that holds one of them has answered. */
  complete: boolean;
  /** Connections that are open, newest first, at most 100. What opened or closed in the last second may be missing. */
  connections: Connection[];
  /** When it was last seen: now, while it is connected. Null if that is longer ago than activity is kept. */
  lastSeenAt: string | null;
  /** Its name. */
  name: string;
  /** Number of messages that are PENDING; counted up to the quota of a recipient. */
  pending: number;
}

/**
 * Why an attempt to connect was refused.
 *
 * - `LIMIT`: Too many connections of the tenant or recipient were open.
 * - `ORIGIN`: The page is of another origin than the token allows.
 * - `SOURCE_IP`: The address is another than the token allows.
 * - `TOKEN_EXPIRED`: The token has expired. Told until 24 hours after its end.
 * - `TOKEN_REVOKED`: The token was revoked, or its tenant is disabled.
 */
export type RefusalReason =
  | 'LIMIT'
  | 'ORIGIN'
  | 'SOURCE_IP'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REVOKED';

/** Who may connect, and from where. */
export interface RegisterRecipientInput {
  /** Life of the token in seconds, at least 1. By default, and at most, what the service is configured for (usually a day). */
  expiresIn?: number | null | undefined;
  /** If given, the page that connects must be of this origin, such as `https://example.org` or `http://localhost:8080`. */
  origin?: string | null | undefined;
  /** Patterns of live topics that the connections may publish on, create and destroy, at most 32. What is not granted is not allowed. */
  publish?: readonly string[] | null | undefined;
  /** A name that identifies your user, such as the id that your application has for it. 1 to 256 characters. */
  recipient: string;
  /** If given, connections must come from this IPv4 or IPv6 address, or from this CIDR range, such as `192.0.2.0/24`. */
  sourceIp?: string | null | undefined;
  /**
   * Patterns of live topics that the connections may subscribe to, at most 32, such as `file:37c3b618` or `customer_id:5013:*:74ac`. `*`
   * stands for one segment; a pattern grants whatever begins with it. What is not granted is not allowed.
   */
  subscribe?: readonly string[] | null | undefined;
  /** If given, the connections also get the messages that were pushed with this topic. 1 to 256 characters. */
  topic?: string | null | undefined;
}

/** A token, and how to use it. */
export interface RegisterRecipientResponse {
  /** Where the browser opens its WebSocket. May be used any number of times, also at once, until `expiresAt`. */
  connectionUri: string;
  /** When the token expires. */
  expiresAt: string;
  /** The token. */
  token: string;
}

/** Which webhook, and which events. */
export interface ReplayWebhookInput {
  /** These events, at most 10,000. */
  eventIds?: readonly string[] | null | undefined;
  /** True: only those that were given up, or whose last attempt failed. */
  failedOnly?: boolean | null | undefined;
  /** The webhook's id. */
  id: string;
  /** Those that were recorded then. */
  recorded?: DateTimeFilter | null | undefined;
}

/** What is posted once more. */
export interface ReplayWebhookResult {
  /** False if more match. */
  complete: boolean;
  /** Events that are posted, 100,000 of a call at most. */
  replayed: number;
}

/** Which key to revoke, and when. */
export interface RevokeApiKeyInput {
  /** If given, the key works until this moment, so that a new one can take over. In the future. */
  at?: Date | string | null | undefined;
  /** Also the keys that it made, and those that they made. */
  descendants?: boolean | null | undefined;
  /** The key's id. */
  id: string;
}

/** Whose tokens are to end. */
export interface RevokeRecipientInput {
  /** The recipient's name. */
  recipient: string;
}

/** A revocation. */
export interface RevokeRecipientResult {
  /** Tokens that were issued before this moment have ended. */
  revokedAt: string;
}

/** Which webhook's secret, and how long the former one lives. */
export interface RotateWebhookSecretInput {
  /** The webhook's id. */
  id: string;
  /** How long the former secret signs, too: 0 to 604,800 seconds, a day if it is not given. */
  overlapSeconds?: number | null | undefined;
}

/** Whose events of which types flow to clients of entity events. */
export interface SetEventRuleInput {
  /** The kind of the objects, the last segment but one of their topics, in any case. */
  entity: string;
  /** Types of events, in any case. An empty list takes the rule away. */
  types: readonly string[];
}

/** What happened to one message, as it was at that moment. */
export interface StatusEvent {
  /** When it happened: when the receipt came in, the recall took place, the message expired, or it became overdue. */
  at: string;
  /** Why it was cancelled, if it was. */
  cancelReason: CancelReason | null;
  /** The global message that it came from, if any. */
  globalMessageId: string | null;
  /** Identifies the event, and is the position behind it. */
  id: string;
  /**
   * The message as it is now; null if it is gone.
   *
   * There only where it was asked for by `include`.
   */
  message?: Message | null;
  /** The message's id. */
  messageId: string;
  /** What kind of receipt came, if one did. */
  receipt: ReceiptKind | null;
  /** Name of the recipient. */
  recipient: string;
  /** The topic that it was pushed with. */
  topic: string | null;
  /** What happened. */
  type: StatusEventType;
}

/**
 * What happened to a message.
 *
 * - `DELIVERED`: A client gave a receipt.
 * - `EXPIRED`: It expired without a receipt, and no receipt can change that any more.
 * - `LATE_RECEIPT`: A receipt came after it was recalled or had expired: the client has it.
 * - `OVERDUE`: It was still pending `notifyAfter` seconds after its push.
 * - `RECALLED`: It was recalled.
 */
export type StatusEventType =
  | 'DELIVERED'
  | 'EXPIRED'
  | 'LATE_RECEIPT'
  | 'OVERDUE'
  | 'RECALLED';

/** Which status events to list. Options are joined by AND. */
export interface StatusEventsFilter {
  /** Only events of messages that came from this global message. */
  globalMessageId?: string | null | undefined;
  /** True: only events of messages that came from global ones; false: none of them. */
  globals?: boolean | null | undefined;
  /** Only events of messages to this recipient. */
  recipient?: string | null | undefined;
  /** Only events of messages that were pushed with this topic. */
  topic?: string | null | undefined;
  /** Only events of these types; an empty list matches nothing. */
  types?: readonly StatusEventType[] | null | undefined;
}

/** One page of status events. */
export interface StatusEventsResult {
  /** The events, oldest first. May be fewer than the limit, even none, although more follow: see `more`. */
  items: StatusEvent[];
  /** True if there are events behind `next` already. */
  more: boolean;
  /** Where to go on, now or later. */
  next: string;
}

/** Whether status events are recorded. */
export interface StatusFeed {
  /** True if what becomes of messages is recorded. */
  enabled: boolean;
  /** True if the messages of global ones are recorded, too. */
  globals: boolean;
}

/** A limit that holds for a tenant. */
export interface TenantLimit {
  /** How many. */
  limit: number;
  /** What is limited: `recipients`, `requests`, `bytes`, `liveEvents` (of these so many a second), `connections` or `pending`. */
  policy: string;
}

/** A live topic on the tenant's list. */
export interface Topic {
  /** When it was added. */
  createdAt: string;
  /** The live topic. */
  name: string;
  /** Clients cannot destroy it. */
  system: boolean;
}

/** Which webhook, and what about it. What is not given stays. */
export interface UpdateWebhookInput {
  /** What it is for, at most 1,024 characters. */
  description?: string | null | undefined;
  /** Which events, at least one. */
  events?: readonly StatusEventType[] | null | undefined;
  /** Whether to tell of the messages of global ones, too. */
  globals?: boolean | null | undefined;
  /** The webhook's id. */
  id: string;
  /** Whether to post the texts of messages, too. */
  includeText?: boolean | null | undefined;
  /** Events of one request, 1 to 500. */
  maxBatch?: number | null | undefined;
  /** True pauses it. False makes it ACTIVE, also if it is FAILING or DISABLED. */
  paused?: boolean | null | undefined;
  /** Where to post. */
  url?: string | null | undefined;
}

/**
 * What a tenant used in one step. Messages are counted exactly, each once, in the step in which it was accepted or settled; what concerns
 * connections, live events and times is close: a node that dies takes the last seconds with it.
 */
export interface UsageEntry {
  /** Messages that `pushMessage` accepted, one per recipient. Those of global messages are not among them. */
  accepted: number;
  /** Bytes of UTF-8 of their texts, counted once per recipient. */
  acceptedBytes: number;
  /** Connections that were opened. */
  connects: number;
  /** Messages that were settled by a receipt, those of global messages included. */
  delivered: number;
  /** How long it took from acceptance to receipt; null if nothing was delivered. */
  deliverySeconds: DeliverySeconds | null;
  /** Messages whose expiry became final, those of global messages included. */
  expired: number;
  /** The first moment of the step. */
  from: string;
  /** Global messages that were accepted. */
  globals: number;
  /** Live events that were published. */
  liveEvents: number;
  /** Connections that were open at once, at most. */
  peakConnections: number;
  /** Messages that were recalled, those of global messages included. */
  recalled: number;
  /** Handshakes with a genuine token that were refused. */
  refused: number;
  /** The first moment after the step. */
  to: string;
  /** Requests that were made to webhooks. */
  webhookAttempts: number;
}

/**
 * How long the steps of `usage` are.
 *
 * - `DAY`: From midnight to midnight, UTC.
 * - `HOUR`: From one full hour to the next.
 */
export type UsageStep =
  | 'DAY'
  | 'HOUR';

/** A URL that status events are posted to. */
export interface Webhook {
  /** When it was made. */
  createdAt: string;
  /** The key that made it. */
  createdBy: string | null;
  /** What it is for. */
  description: string | null;
  /** Events that were given up: after ten attempts, or since the feed keeps them no longer. */
  dropped: number;
  /** The events that it is told of. */
  events: StatusEventType[];
  /** The first of the failures since then, if there are any. */
  failingSince: string | null;
  /** True if it is told of the messages of global ones, too. */
  globals: boolean;
  /** Identifies the webhook. */
  id: string;
  /** True if the texts of messages are posted, too. */
  includeText: boolean;
  /** When an attempt succeeded last. */
  lastSuccessAt: string | null;
  /** Events of one request, at most. 1: each is posted by itself. */
  maxBatch: number;
  /** Whether it is told. */
  state: WebhookState;
  /** Why it is DISABLED or FAILING. */
  stateReason: string | null;
  /** Where events are posted. */
  url: string;
  /** Events that wait for it, counted up to 100,000. */
  waiting: number;
}

/** How an attempt went. */
export interface WebhookAttempt {
  /** When it began. */
  at: string;
  /** The how manieth of its request it was, from 1 on. */
  attempt: number;
  /** How long it took, in milliseconds. */
  durationMs: number;
  /** Why there was no answer, or why it is none that counts. */
  error: string | null;
  /** The events that it had; none for a test. */
  eventIds: string[];
  /** What the receiver answered, if it did. */
  httpStatus: number | null;
  /** Identifies the attempt. */
  id: string;
  /** When the next attempt follows, if one does. */
  nextAttemptAt: string | null;
  /** The first 256 characters of an answer in text or JSON. Null for keys that do not see texts. */
  responseStart: string | null;
}

/** A page of attempts. */
export interface WebhookAttemptsResult {
  /** The attempts, newest first. */
  items: WebhookAttempt[];
  /** Where the next page begins; null at the end. */
  nextToken: string | null;
}

/** Which webhook. */
export interface WebhookInput {
  /** The webhook's id. */
  id: string;
}

/** A webhook and its secret. */
export interface WebhookSecret {
  /** What its requests are signed with: `whsec_` and 32 bytes in base64. It is answered only this once. */
  secret: string;
  /** The webhook. */
  webhook: Webhook;
}

/**
 * Whether a webhook is told.
 *
 * - `ACTIVE`: Events are posted as they come.
 * - `DISABLED`: It answered 410, or nothing succeeded for 5 days. Events wait for it as long as the feed keeps them. `paused: false` makes it ACTIVE.
 * - `FAILING`: Ten attempts in a row have failed: only the oldest request is tried. The others follow once it succeeds.
 * - `PAUSED`: Somebody paused it. Events wait for it as long as the feed keeps them.
 */
export type WebhookState =
  | 'ACTIVE'
  | 'DISABLED'
  | 'FAILING'
  | 'PAUSED';

/** What `auditLog` is asked with. */
export interface AuditLogArguments {
  /** Which entries to list. */
  filter?: AuditLogFilter | null | undefined;
  /** 1 to 1,000; 100 by default. */
  limit?: number | null | undefined;
  /** From the page before, with the same filter. */
  nextToken?: string | null | undefined;
}

/** What `globalMessages` is asked with. */
export interface GlobalMessagesArguments {
  /** What to list; everything if not given. */
  filter?: GlobalMessagesFilter | null | undefined;
  /** Items in one page, at most: 1 to 1,000. 100 if not given. May change between pages. */
  limit?: number | null | undefined;
  /** The `nextToken` of the page before, given with the same filter. */
  nextToken?: string | null | undefined;
}

/** What `message` is asked with. */
export interface MessageArguments {
  /** The message's id. */
  id: string;
}

/** What `messageCounts` is asked with. */
export interface MessageCountsArguments {
  /** What to count; everything if not given. */
  filter?: MessagesFilter | null | undefined;
}

/** What `messages` is asked with. */
export interface MessagesArguments {
  /** What to list; everything if not given. */
  filter?: MessagesFilter | null | undefined;
  /** Items in one page, at most: 1 to 1,000. 100 if not given. May change between pages. */
  limit?: number | null | undefined;
  /** The `nextToken` of the page before, given with the same filter. */
  nextToken?: string | null | undefined;
}

/** What `recipient` is asked with. */
export interface RecipientArguments {
  /** The recipient's name. */
  name: string;
}

/** What `recipients` is asked with. */
export interface RecipientsArguments {
  /** Names, at most: 1 to 50. 50 if not given. */
  limit?: number | null | undefined;
  /** How the names begin. Everything that is given counts, case and spaces, too. */
  startsWith: string;
}

/** What `statusEvents` is asked with. */
export interface StatusEventsArguments {
  /** Where to go on: `next` of the page before, or the id of an event; good for any filter. If not given, the oldest event that is kept comes first. */
  after?: string | null | undefined;
  /** What to list; everything if not given. */
  filter?: StatusEventsFilter | null | undefined;
  /** Items in one page, at most: 1 to 1,000. 100 if not given. */
  limit?: number | null | undefined;
}

/** What `usage` is asked with. */
export interface UsageArguments {
  /**
   * The range of time. `from` is needed; `to` is now if not given. A step that is covered in part is given whole; one that begins at `to`
   * is left out.
   */
  during: DateTimeFilter;
  /** Whether an entry stands for an hour or a day. */
  step: UsageStep;
}

/** What `webhookAttempts` is asked with. */
export interface WebhookAttemptsArguments {
  /** Only attempts that had this event. */
  eventId?: string | null | undefined;
  /** True: only those that failed; false: only those that succeeded. */
  failed?: boolean | null | undefined;
  /** The webhook's id. */
  id: string;
  /** Items of the page, 1 to 1,000; 100 if it is not given. */
  limit?: number | null | undefined;
  /** Where the page begins, as the one before it said. */
  nextToken?: string | null | undefined;
}

/** What `setStatusFeed` is asked with. */
export interface SetStatusFeedArguments {
  /** Whether to record what becomes of messages. */
  enabled: boolean;
  /** Whether the messages of global ones are recorded, too: one broadcast is one event for each recipient. Stays as it is if not given. */
  globals?: boolean | null | undefined;
}

/** What `subscribeStatusEvents` is asked with. */
export interface SubscribeStatusEventsArguments {
  /** Where to begin: the id of an event, or `next` of a page. If not given, it begins now. */
  after?: string | null | undefined;
  /** What to tell; everything if not given. */
  filter?: StatusEventsFilter | null | undefined;
}
