import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { AUDITED_MUTATIONS } from '../../../src/api/audit/audited-operations.js';
import { type ApiNode, createApi } from '../../../src/api/index.js';
import { InProcessBus } from '../../../src/bus/in-process-bus.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { noLimiter } from '../../../src/core/ports/tenant-limiter.js';
import { createPageTokens } from '../../../src/core/validation/page-token.js';
import type { Store } from '../../../src/store/index.js';
import { createRecipientTokens } from '../../../src/token/index.js';
import { pushCall } from '../../contract/store-harness.js';
import { openStore } from '../../store/open.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';
import { type Answer, hashOf, SECRETS } from '../support/api.js';
import { fakeLive } from '../support/live.js';
import { nothingReached } from '../support/memory-webhooks.js';

interface Tenant {
  tenantId: string;
  /** A key beside the caller's own. */
  keyId: string;
  webhookId: string;
}

/** Calls each mutation so that it changes something of the tenant that `newTenant` makes. */
const CHANGES: Readonly<Record<keyof typeof AUDITED_MUTATIONS, (tenant: Tenant) => string>> = {
  cancelMessages: () => 'cancelMessages(input: { recipient: "ann" }) { cancelled }',
  revokeRecipient: () => 'revokeRecipient(input: { recipient: "ann" }) { revokedAt }',
  eraseRecipient: () => 'eraseRecipient(input: { recipient: "ann" }) { erased }',
  createTopic: () => 'createTopic(input: { name: "new" }) { name }',
  destroyTopic: () => 'destroyTopic(input: { name: "known" }) { name }',
  setEventRule: () => 'setEventRule(input: { entity: "order", types: ["created"] }) { entity }',
  createAlertRule: () => 'createAlertRule(input: { code: "new", topic: "t", condition: "true" }) { code }',
  deleteAlertRule: () => 'deleteAlertRule(input: { code: "known" }) { code }',
  setStatusFeed: () => 'setStatusFeed(enabled: true, globals: true) { enabled }',
  createApiKey: () => 'createApiKey(input: { scope: "" }) { secret }',
  revokeApiKey: ({ keyId }) => `revokeApiKey(input: { id: "${keyId}" }) { id }`,
  createWebhook: () => 'createWebhook(input: { url: "https://example.org/", events: [DELIVERED] }) { secret }',
  updateWebhook: ({ webhookId }) => `updateWebhook(input: { id: "${webhookId}", paused: true }) { id }`,
  rotateWebhookSecret: ({ webhookId }) => `rotateWebhookSecret(input: { id: "${webhookId}" }) { secret }`,
  deleteWebhook: ({ webhookId }) => `deleteWebhook(input: { id: "${webhookId}" }) { id }`,
  testWebhook: ({ webhookId }) => `testWebhook(input: { id: "${webhookId}" }) { httpStatus }`,
  replayWebhook: ({ webhookId }) => `replayWebhook(input: { id: "${webhookId}", failedOnly: true }) { replayed }`,
};

let database: TestDatabase;
/** One connection for all that the tests look at: they look at every table, again and again. */
let client: Client;
let store: Store;
let node: ApiNode;
let url: string;

beforeAll(async () => {
  database = await createDatabase();
  client = new Client(database.url);
  await client.connect();
  store = await openStore(database.url);
  node = createApi({
    config: { host: '127.0.0.1', port: 0, tokenTtlMs: 86_400_000, activityRetentionMs: 0, trustProxy: [] },
    store,
    keys: store,
    bus: new InProcessBus(silentLogger),
    tokens: createRecipientTokens(SECRETS),
    pageTokens: createPageTokens(SECRETS),
    clock: store.clock,
    logger: silentLogger,
    publicDeliveryUrl: 'ws://127.0.0.1:4001',
    version: '1.2.3',
    metrics: noMetrics,
    consoleFolder: null,
    admin: null,
    live: { ...fakeLive(), directory: store.directory },
    limiter: noLimiter,
    ...nothingReached,
  });
  url = `http://127.0.0.1:${(await node.listen()).port}/graphql`;
});
afterAll(async () => {
  await node.stop();
  await store.close();
  await client.end();
  await database.drop();
});

const sql = async (text: string, values: unknown[] = []) => (await client.query<Record<string, unknown>>(text, values)).rows;

async function newTenant() {
  const { id: tenantId } = await store.createTenant(randomBytes(6).toString('hex'));
  const make = async (key: string) => {
    const made = { tenantId, hash: hashOf(key), prefix: key.slice(0, 8), name: null, scope: FULL_SCOPE, expiresAt: null };
    return (await store.createKey(made)).id;
  };
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  await make(key);
  const keyId = await make(`tk_${randomBytes(32).toString('base64url')}`);
  await store.push(pushCall(tenantId, ['ann', 'bob']));
  await store.directory.createTopic(tenantId, 'known', false);
  await store.directory.createAlertRule(tenantId, { code: 'known', topic: 't', condition: 'true' });
  await store.setStatusFeed(tenantId, { enabled: true, globals: null });
  const webhook = await store.createWebhook({
    ...{ tenantId, keyId, secret: Buffer.from('secret') },
    settings: {
      url: 'https://example.org/',
      events: ['DELIVERED'],
      description: null,
      includeText: false,
      maxBatch: 1,
      globals: false,
    },
  });
  // An event that was given up.
  await sql('UPDATE webhooks SET position = 1 WHERE tenant_id = $1', [tenantId]);
  await sql('INSERT INTO webhook_given_up VALUES ($1, $2, 1)', [tenantId, webhook.id]);
  await sql(
    `INSERT INTO status_events (tenant_id, number, type, at, message_id, recipient, recorded_at)
     VALUES ($1, 1, 'DELIVERED', now(), gen_random_uuid(), 'bob', now())`,
    [tenantId],
  );
  const call = async (query: string) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer['body'];
  };
  return { tenantId, keyId, webhookId: webhook.id, call };
}

/** Reads every row of a tenant, of every table but that of the audit log. */
async function rowsOf(tenantId: string): Promise<Record<string, unknown>> {
  const tables = await sql(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name = 'tenant_id' AND table_name <> 'audit_entries' ORDER BY 1`,
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    // The use of a key is written at any time.
    rows[String(name)] = await sql(`SELECT to_jsonb(r) - 'last_used_at' AS row FROM ${name} r WHERE tenant_id = $1 ORDER BY 1`, [
      tenantId,
    ]);
  }
  return rows;
}

/** Has the database refuse the entries that say that something took place, or has begun. */
async function refusingEntries<T>(work: () => Promise<T>): Promise<T> {
  await sql(`ALTER TABLE audit_entries ADD CONSTRAINT refused_by_test CHECK (outcome NOT IN ('DONE', 'UNKNOWN')) NOT VALID`);
  try {
    return await work();
  } finally {
    await sql('ALTER TABLE audit_entries DROP CONSTRAINT refused_by_test');
  }
}

const outcomesOf = async (tenantId: string) =>
  (await sql('SELECT operation, outcome FROM audit_entries WHERE tenant_id = $1 ORDER BY id', [tenantId])).map((row) =>
    Object.values(row),
  );

test.each(Object.entries(CHANGES))('%s changes nothing without its entry, and is DONE with it', async (operation, change) => {
  const { call, ...tenant } = await newTenant();
  const { tenantId } = tenant;
  const mutation = `mutation { ${change(tenant)} }`;
  await call('{ version }');
  const before = await rowsOf(tenantId);
  const refused = await refusingEntries(() => call(mutation));
  expect(refused.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  expect(await rowsOf(tenantId)).toEqual(before);
  expect(await outcomesOf(tenantId)).toEqual([[operation, 'FAILED']]);

  expect((await call(mutation)).errors).toBeUndefined();
  expect(await rowsOf(tenantId)).not.toEqual(before);
  expect(await outcomesOf(tenantId)).toEqual([
    [operation, 'FAILED'],
    [operation, 'DONE'],
  ]);
});

test('the subject of an entry never has a name of a recipient', async () => {
  const { tenantId, call } = await newTenant();
  await call('mutation { eraseRecipient(input: { recipient: "ann" }) { erased } }');
  await call('mutation { cancelMessages(input: { recipient: "ann", topic: "news" }) { cancelled } }');
  const rows = await sql('SELECT row_to_json(e)::text AS row FROM audit_entries e WHERE tenant_id = $1', [tenantId]);
  expect(rows).toHaveLength(2);
  expect(JSON.stringify(rows)).not.toContain('ann');
  const { data } = await call('{ auditLog(filter: { recipient: "ann" }) { items { operation } } }');
  expect(data).toEqual({ auditLog: { items: [{ operation: 'cancelMessages' }, { operation: 'eraseRecipient' }] } });
});
