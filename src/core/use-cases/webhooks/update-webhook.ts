import type { AuditNote } from '../../domain/audit.js';
import type { Webhook } from '../../domain/webhook/webhook.js';
import { newWebhookSecret, secretPurpose } from '../../domain/webhook/webhook-secret.js';
import { parseUuid } from '../../validation/uuid.js';
import type { WebhookDeps } from './webhook-deps.js';
import { parseSettings, type SettingsInput } from './webhook-settings.js';

interface UpdateWebhookInput extends SettingsInput {
  id: string;
  paused?: boolean | null;
}

/**
 * Changes a webhook. For another URL it gets a secret that nobody is told: whoever received before must not
 * be able to sign what the new receiver believes.
 */
export const updateWebhook =
  ({ store, secretBox, webhookPolicy }: WebhookDeps) =>
  async (tenantId: string, input: UpdateWebhookInput, note: AuditNote | null): Promise<Webhook | null> => {
    const id = parseUuid('input.id', input.id);
    const settings = parseSettings(input, webhookPolicy);
    if (id === null) return null;
    const secretOfAnotherUrl = settings.url === null ? null : secretBox.seal(newWebhookSecret(), secretPurpose(tenantId));
    return store.updateWebhook({ tenantId, id }, { ...settings, paused: input.paused ?? null, secretOfAnotherUrl }, note);
  };
