import { randomBytes, randomInt } from 'node:crypto';
import { Client } from 'pg';
import { startNode } from '../../../src/app/start-node.js';
import { type Config, loadConfig } from '../../../src/config/index.js';
import { newApiKey } from '../../../src/core/domain/api-key.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { openStore } from '../../store/open.js';
import { createDatabase, until } from '../../support/index.js';
import type { Answer } from '../support/api.js';

/** A call's answer, with its bytes: what stands in them anywhere was told. */
export interface Told extends Omit<Answer['body'], 'data'> {
  status: number;
  text: string;
  data?: Record<string, unknown> | null;
}

export type Installation = Awaited<ReturnType<typeof startInstallation>>;

/** Data of one tenant, by names that another tenant has as well; only marker and ids differ. */
export interface TenantData {
  tenantId: string;
  name: string;
  key: string;
  keyId: string;
  /** Stands in every text of the tenant, and in no other's. */
  marker: string;
  text: string;
  globalText: string;
  messageId: string;
  globalId: string;
  tomorrow: string;
  /** Idempotency keys that no other tenant has used, and what they pushed. */
  once: { ofMessage: string; ofGlobal: string };
  onceIds: string[];
  /** Stands in names of a topic and an alert rule that no other tenant has; it tells nothing. */
  word: string;
  /** A key that nobody uses. */
  spareKeyId: string;
  /** Position before all its status events. */
  position: string;
  webhookId: string;
}

/** Tables of a tenant's data, without what changes by itself. */
const TABLES = [
  'messages',
  'global_messages',
  'revocations',
  'live_topics',
  'event_rules',
  'alert_rules',
  'api_keys',
  'status_feeds',
  'webhooks',
];

/** Columns that change by themselves: as keys are used, and as webhooks are told. */
const BY_ITSELF = ['last_used_at', 'position', 'failures_in_row', 'failing_since'].map((name) => `'${name}'`).join(', ');

const hex = () => randomInt(65_536).toString(16);

/** Asks for one answer; of a subscription, for its first result. */
const askAt =
  (url: URL) =>
  async (key: string, query: string, variables: object = {}): Promise<Told> => {
    const accept = query.startsWith('subscription') ? 'text/event-stream' : 'application/json';
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', accept, 'x-api-key': key },
        // Each call from an address of its own: bad keys are counted by address.
        'x-forwarded-for': `2001:db8:${hex()}:${hex()}::1`,
      },
      body: JSON.stringify({ query, variables }),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    const text = isStream ? await firstResult(response) : await response.text();
    return { status: response.status, text, ...(JSON.parse(text) as object) };
  };

const configOf = (databaseUrl: string): Config =>
  loadConfig('serve', {
    DATABASE_URL: databaseUrl,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    SECRETS_KEY: randomBytes(32).toString('hex'),
    // Nobody listens there.
    WEBHOOK_ALLOW: '127.0.0.1',
    API_PORT: '0',
    DELIVERY_PORT: '0',
    SHUTDOWN_DELAY: '0s',
    SHUTDOWN_SPREAD: '0s',
    TRUST_PROXY: '127.0.0.0/8',
  });

/** Both nodes in this process, on a database and a bus of their own. */
export async function startInstallation() {
  const database = await createDatabase();
  const config = configOf(database.url);
  const node = await startNode('serve', config as Config & { store: { databaseUrl: string } }, { logger: silentLogger });
  await node.ready;
  const store = await openStore(database.url);
  const url = new URL('/graphql', node.urls.api);

  const ask = askAt(url);
  const client = new Client(database.url);
  await client.connect();

  return {
    store,
    ask,
    deliveryUrl: node.urls.delivery ?? '',
    sql: async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows,

    /** A key as an operator makes it. */
    async makeKey(tenantId: string, scope: string, expiresAt: Date | null = null, role: string | null = null) {
      const { key, hash, prefix } = newApiKey();
      const { id } = await store.createKey({ tenantId, hash, prefix, name: null, scope, role, expiresAt });
      return { id, key };
    },

    /** All that a tenant has, in one text. */
    async contentsOf(tenantId: string): Promise<string> {
      const texts = TABLES.map(
        (table) => `(SELECT coalesce(string_agg(row::text, ' ' ORDER BY row::text), '') FROM (
          SELECT to_jsonb(t) - ARRAY[${BY_ITSELF}] AS row FROM ${table} t WHERE tenant_id = $1) rows)`,
      );
      const rows = await this.sql(`SELECT concat_ws(';', ${texts.join(', ')}) AS contents`, [tenantId]);
      return rows[0].contents;
    },

    async newTenant(): Promise<TenantData> {
      const marker = `m${randomBytes(6).toString('hex')}`;
      const word = randomBytes(6).toString('hex');
      const name = `tenant ${marker}`;
      const { id: tenantId } = await store.createTenant(name);
      const position = await store.newestStatusPosition(tenantId);
      const { id: keyId, key } = await this.makeKey(tenantId, FULL_SCOPE);
      const { id: spareKeyId } = await this.makeKey(tenantId, '');
      const [text, globalText] = [`${marker} for ann`, `${marker} for all`];
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
      const variables = {
        text,
        globalText,
        tomorrow,
        condition: `data.x == "${marker}"`,
        types: [marker],
        word,
        topic: `room:${word}`,
      };
      const once = { ofMessage: `message-${marker}`, ofGlobal: `global-${marker}` };
      const told = await ask(key, SEED, { ...variables, ...once, url: `http://127.0.0.1:9/${marker}` });
      if (told.errors) throw new Error(told.text);
      await untilTold(ask, key);
      const seeded = told.data as unknown as Record<'first' | 'once', [{ item: { id: string } }]> &
        Record<'all' | 'allOnce', { id: string }> & { hook: { webhook: { id: string } } };
      return {
        ...{ tenantId, name, key, keyId, marker, text, globalText, tomorrow, word, spareKeyId, once, position },
        messageId: seeded.first[0].item.id,
        globalId: seeded.all.id,
        webhookId: seeded.hook.webhook.id,
        onceIds: [seeded.once[0].item.id, seeded.allOnce.id],
      };
    },

    async stop(): Promise<void> {
      await node.stop();
      await store.close();
      await client.end();
      await database.drop();
    },
    /** Waits until the node has noticed that a key has ended. */
    untilRefused: (key: string) =>
      until('the key is refused', async () => (await ask(key, '{ version }')).status === 401, 10_000),
  };
}

/** Waits until the recall has its number. */
const untilTold = (ask: (key: string, query: string) => Promise<{ text: string }>, key: string) =>
  until('the recall is told', async () => (await ask(key, '{ statusEvents { items { id } } }')).text.includes('"id"'));

/** Reads an answer of events up to its first result, and leaves. */
async function firstResult(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const [, json] = /event: next\ndata: (.*)\n\n/.exec(text) ?? [];
    if (json !== undefined) return json;
  }
  throw new Error(`no result in ${text}`);
}

/** What a repetition by its idempotency key pushed, whoever repeats it. */
export const SAME_TEXT = 'the same everywhere';

const SEED = `mutation (
  $text: String!, $globalText: String!, $tomorrow: DateTime, $ofMessage: String!, $ofGlobal: String!, $condition: String!, $types: [String!]!,
  $word: String!, $topic: String!, $url: String!
) {
  first: pushMessage(input: { recipients: ["ann"], message: $text, idempotencyKey: "first" }) { item { id } }
  once: pushMessage(input: { recipients: ["ann"], message: "${SAME_TEXT}", idempotencyKey: $ofMessage }) { item { id } }
  all: pushGlobalMessage(input: { message: $globalText, expiresAt: $tomorrow, idempotencyKey: "all" }) { id }
  setStatusFeed(enabled: true) { enabled }
  settled: pushMessage(input: { recipients: ["bob"], message: $text }) { item { id } }
  cancelMessages(input: { recipient: "bob" }) { cancelled }
  allOnce: pushGlobalMessage(input: { message: "${SAME_TEXT}", idempotencyKey: $ofGlobal }) { id }
  createTopic(input: { name: "room:1", system: true }) { name }
  setEventRule(input: { entity: "FILE", types: $types }) { entity }
  createAlertRule(input: { code: "late", topic: "room:1", condition: $condition }) { code }
  setStatusFeed(enabled: true) { enabled }
  hook: createWebhook(input: { url: $url, events: [DELIVERED] }) { webhook { id } }
  onlyTopic: createTopic(input: { name: $topic }) { name }
  onlyRule: createAlertRule(input: { code: $word, topic: "room:1", condition: "true" }) { code }
}`;
