import { expect } from '@jest/globals';
import { SAME_TEXT, type TenantData } from './installation.js';

interface Row {
  query: string;
  /** @param of whose data is asked for, by its ids where it has any; `own` is the caller's tenant */
  variables?: (of: TenantData, own: TenantData) => object;
  /** Texts of the caller's tenant that the answer about its own data has, or their lengths. */
  shows?: (own: TenantData) => string[];
  /** What is wrong with asking for what only the other tenant has. */
  elsewhere?: 'BAD_USER_INPUT';
  /** Looks at the answer of a field that was granted. */
  check?: (answer: unknown, asked: { of: TenantData; own: TenantData; keyId: string }) => void;
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

const MESSAGE = 'id recipient message textHidden globalMessageId';

/** One row for each root field, in an order in which what one destroys, none asks for later. */
export const ROWS: Record<string, Row> = {
  'query:version': { query: '{ version }' },
  'query:currentKey': {
    query: '{ currentKey { apiKey { id scope role } tenant limits { policy limit } } }',
    check: (answer, { keyId, own }) => expect(answer).toMatchObject({ apiKey: { id: keyId }, tenant: own.name }),
  },
  'query:apiKeys': {
    query: '{ apiKeys { id prefix name scope createdBy } }',
    check: (answer, { own }) => expect(answer).toContainEqual(expect.objectContaining({ id: own.spareKeyId })),
  },
  'query:message': {
    query: `query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`,
    variables: ({ messageId: id }) => ({ id }),
    shows: ({ text }) => [text],
    check: (answer, { of, own }) => (of === own ? expect(answer).not.toBeNull() : expect(answer).toBeNull()),
  },
  'query:messages': {
    query: `query ($filter: MessagesFilter) { messages(filter: $filter) { items { ...F } } } fragment F on Message { ${MESSAGE} }`,
    variables: (of, own) => ({ filter: of === own ? { recipient: 'ann' } : { globalMessageId: of.globalId } }),
    shows: ({ text }) => [text],
    check: (answer, { of, own }) => of !== own && expect(answer).toEqual({ items: [] }),
  },
  'query:globalMessages': {
    query: '{ globalMessages { items { id message textHidden topic } } }',
    shows: ({ globalText }) => [globalText],
  },
  'query:messageCounts': {
    query: 'query ($filter: MessagesFilter) { messageCounts(filter: $filter) { pending delivered cancelled exact } }',
    variables: (of) => ({ filter: { globalMessageId: of.globalId } }),
    check: (answer, { of, own }) => of !== own && expect(answer).toEqual({ pending: 0, delivered: 0, cancelled: 0, exact: true }),
  },
  'query:recipient': {
    query: '{ recipient(name: "ann") { name connections { id } lastSeenAt pending activity { items { kind } } } }',
    check: (answer) => expect(answer).toMatchObject({ name: 'ann', pending: expect.any(Number) }),
  },
  'query:recipients': {
    query: '{ recipients(startsWith: "an") }',
    check: (answer) => expect(answer).toContain('ann'),
  },
  // Of other operations the log has what they were asked for, another tenant's ids among it.
  'query:auditLog': {
    query: '{ auditLog(filter: { operation: "createTopic" }) { items { operation subject keyPrefix requestId } nextToken } }',
    check: (answer) =>
      expect(answer).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ operation: 'createTopic' })]) }),
  },
  'query:usage': {
    query: '{ usage(during: { from: "2026-01-01", to: "2026-01-01" }, step: DAY) { from to accepted globals } }',
    check: (answer) => expect(answer).toMatchObject([{ accepted: 0 }]),
  },
  'query:topics': {
    query: '{ topics { name system } }',
    check: (answer) => expect(answer).toContainEqual({ name: 'room:1', system: true }),
  },
  'query:eventRules': {
    query: '{ eventRules { entity types } }',
    check: (answer, { own }) => expect(answer).toContainEqual({ entity: 'FILE', types: [own.marker] }),
  },
  'query:alertRules': {
    query: '{ alertRules { code topic condition } }',
    check: (answer, { own }) =>
      expect(answer).toContainEqual({ code: 'late', topic: 'room:1', condition: `data.x == "${own.marker}"` }),
  },
  // A repetition of the tenant's own, and one by which another tenant would get what it pushed.
  'mutation:pushMessage': {
    query: `mutation ($input: MessageInput!) { pushMessage(input: $input) { index item { ${MESSAGE} } error { code } } }`,
    variables: (of, own) => ({
      input:
        of === own
          ? { recipients: ['ann'], message: own.text, idempotencyKey: 'first' }
          : { recipients: ['ann'], message: SAME_TEXT, idempotencyKey: of.once.ofMessage },
    }),
    shows: ({ text }) => [text],
    check: (answer, { of, own }) => of === own && expect(answer).toMatchObject([{ item: { id: own.messageId } }]),
  },
  'mutation:pushGlobalMessage': {
    query: 'mutation ($input: GlobalMessageInput!) { pushGlobalMessage(input: $input) { id message textHidden } }',
    variables: (of, own) => ({
      input:
        of === own
          ? { message: own.globalText, expiresAt: own.tomorrow, idempotencyKey: 'all' }
          : { message: SAME_TEXT, idempotencyKey: of.once.ofGlobal },
    }),
    shows: ({ globalText }) => [globalText],
    check: (answer, { of, own }) => of === own && expect(answer).toMatchObject({ id: own.globalId }),
  },
  'mutation:registerRecipient': {
    query: 'mutation { registerRecipient(input: { recipient: "ann" }) { token connectionUri } }',
    check: (answer, { own }) =>
      expect(claimsOf((answer as { token: string }).token)).toMatchObject({ tenant: own.tenantId, sub: 'ann' }),
  },
  'mutation:publishEvents': {
    query:
      'mutation { publishEvents(input: { events: [{ topic: "room:1", type: "update", data: {} }] }) { index id error { code } } }',
  },
  'mutation:createTopic': { query: 'mutation { createTopic(input: { name: "room:2" }) { name } }' },
  'mutation:destroyTopic': {
    query: 'mutation ($name: String!) { destroyTopic(input: { name: $name }) { name } }',
    variables: ({ word }) => ({ name: `room:${word}` }),
    elsewhere: 'BAD_USER_INPUT',
  },
  'mutation:setEventRule': {
    query: 'mutation { setEventRule(input: { entity: "FOLDER", types: ["x"] }) { entity types } }',
  },
  'mutation:createAlertRule': {
    query:
      'mutation ($code: String!) { createAlertRule(input: { code: $code, topic: "room:1", condition: "true" }) { code topic } }',
    variables: (of, own) => ({ code: of === own ? 'early' : 'earlier' }),
  },
  'mutation:deleteAlertRule': {
    query: 'mutation ($code: String!) { deleteAlertRule(input: { code: $code }) { code condition } }',
    variables: ({ word: code }) => ({ code }),
    elsewhere: 'BAD_USER_INPUT',
  },
  'query:statusEvents': {
    query: `query ($filter: StatusEventsFilter) { statusEvents(filter: $filter) { items { type recipient message { ...F } } more } } fragment F on Message { ${MESSAGE} }`,
    variables: (of, own) => ({ filter: of === own ? { recipient: 'bob' } : { globalMessageId: of.globalId } }),
    shows: ({ text }) => [text],
    check: (answer, { of, own }) =>
      expect(answer).toMatchObject(of === own ? { items: [{ type: 'RECALLED', recipient: 'bob' }] } : { items: [] }),
  },
  'subscription:statusEvents': {
    query: `subscription ($filter: StatusEventsFilter, $after: ID) { statusEvents(filter: $filter, after: $after) { type recipient message { ...F } } } fragment F on Message { ${MESSAGE} }`,
    variables: ({ position: after }) => ({ filter: { recipient: 'bob' }, after }),
    elsewhere: 'BAD_USER_INPUT',
    shows: ({ text }) => [text],
    check: (answer) => expect(answer).toMatchObject({ type: 'RECALLED', recipient: 'bob' }),
  },
  'query:statusFeed': {
    query: '{ statusFeed { enabled globals } }',
    check: (answer) => expect(answer).toMatchObject({ enabled: expect.any(Boolean) }),
  },
  'mutation:setStatusFeed': {
    query: 'mutation { setStatusFeed(enabled: true) { enabled globals } }',
    check: (answer) => expect(answer).toEqual({ enabled: true, globals: false }),
  },
  'query:webhooks': {
    query: '{ webhooks { id url events state waiting dropped createdBy } }',
    check: (answer, { own }) => expect(answer).toContainEqual(expect.objectContaining({ id: own.webhookId })),
  },
  'query:webhookAttempts': {
    query: 'query ($id: ID!) { webhookAttempts(id: $id) { items { id responseStart } nextToken } }',
    variables: ({ webhookId: id }) => ({ id }),
    check: (answer, { of, own }) => of !== own && expect(answer).toEqual({ items: [], nextToken: null }),
  },
  'mutation:createWebhook': {
    query:
      'mutation { createWebhook(input: { url: "https://example.org/", events: [EXPIRED] }) { secret webhook { id createdBy } } }',
    check: (answer, { keyId }) =>
      expect(answer).toMatchObject({ secret: expect.stringMatching(/^whsec_/), webhook: { createdBy: keyId } }),
  },
  'mutation:updateWebhook': {
    query: 'mutation ($id: ID!) { updateWebhook(input: { id: $id, description: "changed" }) { id description } }',
    variables: ({ webhookId: id }) => ({ id }),
    check: (answer, { of, own }) =>
      of === own ? expect(answer).toMatchObject({ description: 'changed' }) : expect(answer).toBeNull(),
  },
  'mutation:rotateWebhookSecret': {
    query: 'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret webhook { id } } }',
    variables: ({ webhookId: id }) => ({ id }),
    check: (answer, { of, own }) => of !== own && expect(answer).toBeNull(),
  },
  'mutation:testWebhook': {
    query: 'mutation ($id: ID!) { testWebhook(input: { id: $id }) { attempt httpStatus error } }',
    variables: ({ webhookId: id }) => ({ id }),
    check: (answer, { of, own }) =>
      of === own ? expect(answer).toMatchObject({ attempt: 1, httpStatus: null }) : expect(answer).toBeNull(),
  },
  'mutation:replayWebhook': {
    query: 'mutation ($id: ID!) { replayWebhook(input: { id: $id, failedOnly: true }) { replayed complete } }',
    variables: ({ webhookId: id }) => ({ id }),
    check: (answer, { of, own }) => (of === own ? expect(answer).not.toBeNull() : expect(answer).toBeNull()),
  },
  'mutation:deleteWebhook': {
    query: 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { id state } }',
    variables: ({ webhookId: id }) => ({ id }),
    check: (answer, { of, own }) => (of === own ? expect(answer).toMatchObject({ id: of.webhookId }) : expect(answer).toBeNull()),
  },
  'mutation:createApiKey': {
    query: 'mutation { createApiKey(input: { scope: "", name: "made" }) { secret apiKey { id scope createdBy } } }',
    check: (answer, { keyId }) =>
      expect(answer).toMatchObject({ secret: expect.stringMatching(/^tk_/), apiKey: { scope: '', createdBy: keyId } }),
  },
  'mutation:revokeApiKey': {
    query: 'mutation ($id: ID!) { revokeApiKey(input: { id: $id, descendants: true }) { id revokedAt } }',
    variables: ({ spareKeyId: id }) => ({ id }),
    check: (answer, { of, own }) =>
      of === own ? expect(answer).toMatchObject({ id: of.spareKeyId }) : expect(answer).toBeNull(),
  },
  'mutation:cancelMessages': {
    query: 'mutation ($ids: [ID!]) { cancelMessages(input: { ids: $ids }) { cancelled complete } }',
    variables: ({ messageId }) => ({ ids: [messageId] }),
    check: (answer, { of, own }) => expect(answer).toEqual({ cancelled: of === own ? 1 : 0, complete: true }),
  },
  'mutation:revokeRecipient': { query: 'mutation { revokeRecipient(input: { recipient: "ann" }) { revokedAt } }' },
  'mutation:eraseRecipient': { query: 'mutation { eraseRecipient(input: { recipient: "ann" }) { erased } }' },
};
