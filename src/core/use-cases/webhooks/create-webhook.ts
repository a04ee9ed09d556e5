import type { AuditNote } from '../../domain/audit.js';
import type { Principal } from '../../domain/scope.js';
import type { StatusEventType } from '../../domain/status-feed/status-event.js';
import type { Webhook } from '../../domain/webhook/webhook.js';
import { newWebhookSecret, secretPurpose } from '../../domain/webhook/webhook-secret.js';
import type { WebhookDeps } from './webhook-deps.js';
import { parseSettings, type SettingsInput } from './webhook-settings.js';

interface CreateWebhookInput extends SettingsInput {
  url: string;
  events: readonly StatusEventType[];
}

/** Makes a webhook, and answers its secret. That the feed is on, and that there is room, the store judges under a lock. */
export const createWebhook =
  ({ store, secretBox, webhookPolicy }: WebhookDeps) =>
  async (
    { tenantId, keyId }: Principal,
    input: CreateWebhookInput,
    note: AuditNote | null,
  ): Promise<{ webhook: Webhook; secret: string }> => {
    const given = parseSettings(input, webhookPolicy);
    const settings = {
      url: input.url,
      events: given.events ?? [],
      description: given.description || null,
      includeText: given.includeText ?? false,
      maxBatch: given.maxBatch ?? 1,
      globals: given.globals ?? false,
    };
    const secret = newWebhookSecret();
    const sealed = secretBox.seal(secret, secretPurpose(tenantId));
    return { webhook: await store.createWebhook({ tenantId, keyId, settings, secret: sealed }, note), secret };
  };
