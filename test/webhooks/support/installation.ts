import { randomBytes, randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { StatusEventType } from '../../../src/core/domain/status-feed/status-event.js';
import type { Webhook, WebhookSettings } from '../../../src/core/domain/webhook/webhook.js';
import { secretPurpose } from '../../../src/core/domain/webhook/webhook-secret.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { noUsage } from '../../../src/core/ports/usage-meter.js';
import { compileAddressPolicy } from '../../../src/core/validation/webhook/address-policy.js';
import { systemTimers } from '../../../src/lib/time/timers.js';
import { withClient } from '../../../src/store/database/migrations.js';
import type { Store } from '../../../src/store/index.js';
import { createWebhooks, type Webhooks } from '../../../src/webhooks/index.js';
import { openStore } from '../../store/open.js';
import { createDatabase, type TestDatabase, until } from '../../support/index.js';
import { Receiver } from './receiver.js';

/** Secret of every webhook of the tests. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SECRETS_KEYS = ['the key of the tests, of 32 bytes and more'];

interface GivenEvent {
  type?: StatusEventType;
  messageId?: string;
  recipient?: string;
  recordedAt?: string;
  globalMessageId?: string | null;
}

/** A database with a store, and senders of webhooks, each of which stands for a node. */
export class Installation {
  readonly #open: Array<{ stop(): unknown }> = [];

  private constructor(
    readonly database: TestDatabase,
    readonly store: Store,
  ) {}

  static async start(): Promise<Installation> {
    const database = await createDatabase();
    return new Installation(database, await openStore(database.url));
  }

  sql<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return withClient(this.database.url, async (client) => (await client.query(text, [...values])).rows as Row[]);
  }

  /** A node that sends. */
  startSender(): Webhooks {
    const { store } = this;
    const webhooks = createWebhooks({
      policy: compileAddressPolicy(['127.0.0.0/8']),
      secrets: SECRETS_KEYS,
      clock: store.clock,
      timers: systemTimers,
      metrics: noMetrics,
      usage: noUsage,
      logger: silentLogger,
    });
    webhooks.startSending(store);
    this.#open.push(webhooks);
    return webhooks;
  }

  async startReceiver(): Promise<Receiver> {
    const receiver = await Receiver.start();
    this.#open.push(receiver);
    return receiver;
  }

  /** A tenant whose feed is on. */
  async newTenant(): Promise<string> {
    const { id } = await this.store.createTenant(randomBytes(6).toString('hex'));
    await this.store.setStatusFeed(id, { enabled: true, globals: true });
    return id;
  }

  async newWebhook(tenantId: string, url: string, settings: Partial<WebhookSettings> = {}): Promise<Webhook> {
    const { secretBox } = createWebhooks({
      ...{ policy: compileAddressPolicy([]), secrets: SECRETS_KEYS, clock: this.store.clock, timers: systemTimers },
      ...{ metrics: noMetrics, usage: noUsage, logger: silentLogger },
    });
    const all: StatusEventType[] = ['DELIVERED', 'RECALLED', 'EXPIRED', 'OVERDUE', 'LATE_RECEIPT'];
    return this.store.createWebhook({
      tenantId,
      keyId: randomUUID(),
      secret: secretBox.seal(SECRET, secretPurpose(tenantId)),
      settings: { url, events: all, description: null, includeText: false, maxBatch: 1, globals: false, ...settings },
    });
  }

  async webhookOf(tenantId: string, id: string): Promise<Webhook> {
    const webhook = (await this.store.listWebhooks(tenantId)).find((one) => one.id === id);
    if (webhook === undefined) throw new Error('no such webhook');
    return webhook;
  }

  /** Puts events into the feed, with the next numbers. */
  async addEvents(tenantId: string, events: readonly GivenEvent[]): Promise<number[]> {
    const rows = events.map(
      ({ type = 'DELIVERED', messageId = uuidv7(), recipient = 'ann', recordedAt, globalMessageId = null }) => ({
        ...{ type, messageId, recipient, globalMessageId, recordedAt: recordedAt ?? new Date().toISOString() },
      }),
    );
    const added = await this.sql<{ number: string }>(
      `WITH head AS (
         UPDATE status_feed_heads SET last_number = last_number + $3 WHERE tenant_id = $1 RETURNING last_number - $3 AS before
       )
       INSERT INTO status_events (tenant_id, number, type, at, message_id, recipient, global_message_id, receipt, recorded_at)
       SELECT $1, head.before + e.n, (e.v->>'type')::"StatusEventType", now(), (e.v->>'messageId')::uuid, e.v->>'recipient',
         (e.v->>'globalMessageId')::uuid, 'ACK', (e.v->>'recordedAt')::timestamptz
       FROM head, jsonb_array_elements($2::jsonb) WITH ORDINALITY AS e(v, n) RETURNING number`,
      [tenantId, JSON.stringify(rows), rows.length],
    );
    return added.map(({ number }) => Number(number)).sort((a, b) => a - b);
  }

  /** Makes all that waits for its next attempt due now. */
  async forwardAttempts(): Promise<void> {
    await this.sql(`UPDATE webhook_queue SET due_at = now() WHERE due_at <> 'infinity'`);
  }

  async untilSent(tenantId: string, id: string): Promise<void> {
    await until('nothing waits', async () => (await this.webhookOf(tenantId, id)).waiting === 0, 20_000);
  }

  async stop(): Promise<void> {
    for (const part of this.#open.splice(0).reverse()) await part.stop();
    await this.store.close();
    await this.database.drop();
  }
}
