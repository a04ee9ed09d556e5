import type { AuditNote } from '../../../src/core/domain/audit.js';
import type { Webhook, WebhookAttempt } from '../../../src/core/domain/webhook/webhook.js';
import type {
  NewWebhook,
  TestedWebhook,
  WebhookChange,
  WebhookOf,
  WebhookStore,
} from '../../../src/core/ports/stores/webhooks/webhook-store.js';
import type { AddressPolicy } from '../../../src/core/validation/webhook/address-policy.js';
import { MemoryFeed } from './memory-feed.js';

/** Webhooks in memory, to which nothing is sent. */
export class MemoryWebhooks extends MemoryFeed implements WebhookStore {
  readonly webhooks = new Map<string, Webhook & { tenantId: string }>();

  async listWebhooks(tenantId: string): Promise<Webhook[]> {
    return [...this.webhooks.values()].filter((webhook) => webhook.tenantId === tenantId);
  }

  async createWebhook({ tenantId, keyId, settings }: NewWebhook, note?: AuditNote | null): Promise<Webhook> {
    const id = `01890000-0000-7000-8000-${String(this.webhooks.size).padStart(12, '0')}`;
    const facts = { state: 'ACTIVE' as const, stateReason: null, createdAt: new Date(), createdBy: keyId };
    const webhook = {
      ...{ ...settings, ...facts, id, tenantId },
      ...{ lastSuccessAt: null, failingSince: null, waiting: 0, dropped: 0 },
    };
    this.webhooks.set(id, webhook);
    this.writeWith(note);
    return webhook;
  }

  async updateWebhook(of: WebhookOf, { paused, secretOfAnotherUrl: _, ...change }: WebhookChange): Promise<Webhook | null> {
    const given = Object.entries(change).filter(([, value]) => value !== null);
    const state = paused === null ? {} : { state: paused ? ('PAUSED' as const) : ('ACTIVE' as const) };
    const webhook = this.#find(of);
    return webhook && Object.assign(webhook, Object.fromEntries(given), state);
  }

  async rotateWebhookSecret(of: WebhookOf): Promise<Webhook | null> {
    return this.#find(of);
  }

  async deleteWebhook(of: WebhookOf): Promise<Webhook | null> {
    return this.#find(of);
  }

  async beginTest(of: WebhookOf): Promise<TestedWebhook | null> {
    const webhook = this.#find(of);
    return webhook && { ...of, url: webhook.url, secrets: [] };
  }

  async recordTest(): Promise<void> {}

  async listAttempts(): Promise<{ items: WebhookAttempt[]; next: null }> {
    return { items: [], next: null };
  }

  async replayWebhook(of: WebhookOf): Promise<{ replayed: number; complete: boolean } | null> {
    return this.#find(of) && { replayed: 0, complete: true };
  }

  #find({ tenantId, id }: WebhookOf): Webhook | null {
    const webhook = this.webhooks.get(id);
    return webhook?.tenantId === tenantId ? webhook : null;
  }
}

/** What an API makes and tests webhooks with: nothing is reached. */
export const nothingReached: {
  secretBox: { seal(secret: string): Buffer };
  webhookTester: { test(): Promise<WebhookAttempt> };
  webhookPolicy: AddressPolicy;
} = {
  secretBox: { seal: (secret) => Buffer.from(secret) },
  webhookTester: {
    test: async () => ({
      ...{ id: '01890000-0000-7000-8000-00000000000a', at: new Date(0), eventIds: [], attempt: 1, httpStatus: 200, error: null },
      ...{ durationMs: 1, responseStart: 'fine', nextAttemptAt: null },
    }),
  },
  webhookPolicy: { listsSome: false, judge: () => ({ global: true, listed: false }) },
};
