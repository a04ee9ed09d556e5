import { describe, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLNamedType, isEnumType, isInputObjectType, isObjectType } from 'graphql';
import { rootFields } from '../../../src/api/graphql/root-fields.js';
import { createSchema } from '../../../src/api/graphql/schema.js';

/** Names and nullability on which clients rely. More may be added; none of these may change. */
const PROMISED = buildSchema(`
scalar DateTime
scalar Token
enum MessageStatus { PENDING DELIVERED CANCELLED }
enum ReceiptKind { PONG ACK }
enum CancelReason { RECALLED EXPIRED }
type Query {
  version: String!
  message(id: ID!): Message
  messages(filter: MessagesFilter, limit: Int, nextToken: String): MessagesQueryResult
  globalMessages(filter: GlobalMessagesFilter, limit: Int, nextToken: String): GlobalMessagesQueryResult
}
type Mutation {
  registerRecipient(input: RegisterRecipientInput!): RegisterRecipientResponse
  pushMessage(input: MessageInput!): [PushMessageResult!]
  pushGlobalMessage(input: GlobalMessageInput!): GlobalMessage
  cancelMessages(input: CancelMessagesInput!): CancelMessagesResult
  revokeRecipient(input: RevokeRecipientInput!): RevokeRecipientResult
  eraseRecipient(input: EraseRecipientInput!): EraseRecipientResult
}
enum AuditOutcome { DONE REFUSED FAILED UNKNOWN }
type AuditEntry { id: ID! at: DateTime! apiKeyId: ID keyPrefix: String keyName: String operation: String! subject: String address: String outcome: AuditOutcome! code: String requestId: ID }
input AuditLogFilter { at: DateTimeFilter apiKeyId: ID operation: String recipient: String }
type AuditLogResult { items: [AuditEntry!]! nextToken: String }
extend type Query { auditLog(filter: AuditLogFilter, limit: Int, nextToken: String): AuditLogResult }
input RegisterRecipientInput { recipient: String! sourceIp: String origin: String topic: String expiresIn: Int }
type RegisterRecipientResponse { token: Token! connectionUri: String! expiresAt: DateTime! }
input MessageInput { recipients: [String!]! message: String! topic: String expiresAt: DateTime idempotencyKey: String }
type PushMessageResult { index: Int! item: Message error: PushMessageError }
type PushMessageError { code: String! message: String! }
input GlobalMessageInput { message: String! topic: String expiresAt: DateTime idempotencyKey: String }
type Message { id: ID! recipient: String! message: String! textHidden: Boolean! topic: String status: MessageStatus! receipt: ReceiptKind cancelReason: CancelReason
  expiresAt: DateTime createdAt: DateTime! deliveredAt: DateTime cancelledAt: DateTime globalMessageId: ID }
type GlobalMessage { id: ID! message: String! textHidden: Boolean! topic: String expiresAt: DateTime createdAt: DateTime! cancelledAt: DateTime }
type MessagesQueryResult { items: [Message!]! nextToken: String }
type GlobalMessagesQueryResult { items: [GlobalMessage!]! nextToken: String }
input DateTimeFilter { from: String to: String }
input MessagesFilter { recipient: String globalMessageId: ID topic: String status: MessageStatus createdAt: DateTimeFilter expiresAt: DateTimeFilter }
input GlobalMessagesFilter { topic: String createdAt: DateTimeFilter expiresAt: DateTimeFilter }
input CancelMessagesInput { ids: [ID!] recipient: String globalMessageId: ID topic: String }
type CancelMessagesResult { cancelled: Int! complete: Boolean! }
input RevokeRecipientInput { recipient: String! }
type RevokeRecipientResult { revokedAt: DateTime! }
input EraseRecipientInput { recipient: String! }
type EraseRecipientResult { erased: Int! }
enum UsageStep { HOUR DAY }
type DeliverySeconds { p50: Float! p99: Float! }
type UsageEntry { from: DateTime! to: DateTime! accepted: Float! acceptedBytes: Float! delivered: Float! recalled: Float! expired: Float! globals: Float! liveEvents: Float! connects: Float! refused: Float!
  peakConnections: Float! webhookAttempts: Float! deliverySeconds: DeliverySeconds }
type StatusFeed { enabled: Boolean! globals: Boolean! }
enum StatusEventType { DELIVERED RECALLED EXPIRED OVERDUE LATE_RECEIPT }
type StatusEvent { id: ID! type: StatusEventType! at: DateTime! messageId: ID! recipient: String! topic: String globalMessageId: ID
  receipt: ReceiptKind cancelReason: CancelReason message: Message }
input StatusEventsFilter { types: [StatusEventType!] recipient: String topic: String globalMessageId: ID globals: Boolean }
type StatusEventsResult { items: [StatusEvent!]! next: ID! more: Boolean! }
extend input MessageInput { notifyAfter: Int }
extend type Query { statusEvents(filter: StatusEventsFilter, after: ID, limit: Int): StatusEventsResult statusFeed: StatusFeed }
type Subscription { statusEvents(filter: StatusEventsFilter, after: ID): StatusEvent! }
extend type Mutation { setStatusFeed(enabled: Boolean!, globals: Boolean): StatusFeed }
extend type Query { usage(during: DateTimeFilter!, step: UsageStep!): [UsageEntry!] }
enum WebhookState { ACTIVE FAILING PAUSED DISABLED }
type Webhook { id: ID! url: String! events: [StatusEventType!]! description: String includeText: Boolean! maxBatch: Int! globals: Boolean! state: WebhookState! stateReason: String
  createdAt: DateTime! createdBy: ID lastSuccessAt: DateTime failingSince: DateTime waiting: Int! dropped: Int! }
type WebhookSecret { webhook: Webhook! secret: String! }
type WebhookAttempt { id: ID! at: DateTime! eventIds: [ID!]! attempt: Int! httpStatus: Int error: String durationMs: Int! responseStart: String nextAttemptAt: DateTime }
type WebhookAttemptsResult { items: [WebhookAttempt!]! nextToken: String }
input CreateWebhookInput { url: String! events: [StatusEventType!]! description: String includeText: Boolean maxBatch: Int globals: Boolean }
input UpdateWebhookInput { id: ID! url: String events: [StatusEventType!] description: String includeText: Boolean maxBatch: Int globals: Boolean paused: Boolean }
input RotateWebhookSecretInput { id: ID! overlapSeconds: Int }
input WebhookInput { id: ID! }
input ReplayWebhookInput { id: ID! eventIds: [ID!] recorded: DateTimeFilter failedOnly: Boolean }
type ReplayWebhookResult { replayed: Int! complete: Boolean! }
extend type Mutation { createWebhook(input: CreateWebhookInput!): WebhookSecret updateWebhook(input: UpdateWebhookInput!): Webhook
  rotateWebhookSecret(input: RotateWebhookSecretInput!): WebhookSecret deleteWebhook(input: WebhookInput!): Webhook
  testWebhook(input: WebhookInput!): WebhookAttempt replayWebhook(input: ReplayWebhookInput!): ReplayWebhookResult }
extend type Query { webhooks: [Webhook!] webhookAttempts(id: ID!, eventId: ID, failed: Boolean, limit: Int, nextToken: String): WebhookAttemptsResult }
type ApiKey { id: ID! prefix: String! name: String role: String scope: String! createdAt: DateTime! createdBy: ID expiresAt: DateTime lastUsedAt: DateTime revokedAt: DateTime }
type ApiKeySecret { apiKey: ApiKey! secret: String! }
type TenantLimit { policy: String! limit: Float! }
type CurrentKey { apiKey: ApiKey! tenant: String! limits: [TenantLimit!]! }
input CreateApiKeyInput { name: String scope: String! expiresAt: DateTime }
input RevokeApiKeyInput { id: ID! at: DateTime descendants: Boolean }
extend type Query { currentKey: CurrentKey apiKeys: [ApiKey!] }
extend type Mutation { createApiKey(input: CreateApiKeyInput!): ApiKeySecret revokeApiKey(input: RevokeApiKeyInput!): ApiKey }
extend input MessagesFilter { receipt: ReceiptKind cancelReason: CancelReason deliveredAt: DateTimeFilter }
extend type GlobalMessage { counts: MessageCounts }
extend type Query { messageCounts(filter: MessagesFilter): MessageCounts }
type MessageCounts { pending: Int! delivered: Int! cancelled: Int! exact: Boolean! }
enum ConnectionProtocol { PLAIN V1 }
type Connection { id: ID! since: DateTime! topic: String protocol: ConnectionProtocol! node: String! sourceIp: String origin: String userAgent: String
  unconfirmed: Int! behind: Boolean! }
enum ActivityKind { CONNECTED DISCONNECTED REFUSED }
enum RefusalReason { TOKEN_EXPIRED TOKEN_REVOKED ORIGIN SOURCE_IP LIMIT }
type Activity { at: DateTime! lastAt: DateTime! times: Int! kind: ActivityKind! connectionId: ID connectedSeconds: Int reason: RefusalReason closeCode: Int detail: String
  topic: String protocol: ConnectionProtocol node: String! sourceIp: String origin: String userAgent: String }
type ActivityResult { items: [Activity!]! nextToken: String }
type Recipient { name: String! connections: [Connection!]! complete: Boolean! lastSeenAt: DateTime pending: Int! awaitedGlobals: [GlobalMessage!]!
  activity(limit: Int, nextToken: String): ActivityResult }
extend type Query { recipient(name: String!): Recipient  recipients(startsWith: String!, limit: Int): [String!] }
enum PendingCode { NOT_CONNECTED OTHER_TOPIC REFUSED NO_RECEIPT BEHIND ON_ITS_WAY UNKNOWN }
type PendingReason { code: PendingCode! since: DateTime text: String! }
type DeliveredTo { connectionId: ID! since: DateTime topic: String protocol: ConnectionProtocol sourceIp: String origin: String userAgent: String }
extend type Message { pendingReason: PendingReason deliveredTo: DeliveredTo }
`);

const schema = createSchema();
const ownTypes = (all: Record<string, GraphQLNamedType>) => Object.values(all).filter(({ name }) => !name.startsWith('__'));

/** `Type.field(argument: Type): Type` for each field, attribute and enum value of a type. */
function lines(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${field.type}`);
  if (!isObjectType(type)) return [type.name];
  return Object.values(type.getFields()).map((field) => {
    const args = field.args
      .map((arg) => `${arg.name}: ${arg.type}`)
      .sort()
      .join(', ');
    return `${type.name}.${field.name}(${args}): ${field.type}`;
  });
}

describe('the schema', () => {
  const actual = new Set(ownTypes(schema.getTypeMap()).flatMap(lines));
  test.each(ownTypes(PROMISED.getTypeMap()).flatMap(lines))('has %s', (line) => {
    expect(actual).toContain(line);
  });

  test('describes every type, field, argument, attribute and enum value', () => {
    const described = ownTypes(schema.getTypeMap())
      .filter(({ name }) => !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(name))
      .flatMap((type) => {
        const fields = isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
        const members = isEnumType(type) ? type.getValues() : fields;
        const args = isObjectType(type) ? Object.values(type.getFields()).flatMap((field) => [...field.args]) : [];
        return [type, ...members, ...args].map(({ name, description }) => ({ name: `${type.name} ${name}`, description }));
      });
    expect(described.filter(({ description }) => !description)).toEqual([]);
    expect(described.length).toBeGreaterThan(80);
  });

  test('names what a scope can grant', () => {
    const { query, mutation, subscription } = rootFields();
    expect([...query]).toEqual(expect.arrayContaining(['version', 'message', 'messages', 'globalMessages']));
    expect([...mutation]).toEqual(expect.arrayContaining(['pushMessage', 'eraseRecipient']));
    expect([...subscription]).toEqual(['statusEvents']);
  });
});
