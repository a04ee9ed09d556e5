import type { AuditNote } from '../../domain/audit.js';
import type { Webhook } from '../../domain/webhook/webhook.js';
import { parseUuid } from '../../validation/uuid.js';
import type { WebhookDeps } from './webhook-deps.js';

/** Deletes a webhook, and answers it as it was. */
export const deleteWebhook =
  ({ store }: Pick<WebhookDeps, 'store'>) =>
  async (tenantId: string, input: { id: string }, note: AuditNote | null): Promise<Webhook | null> => {
    const id = parseUuid('input.id', input.id);
    return id === null ? null : store.deleteWebhook({ tenantId, id }, note);
  };
