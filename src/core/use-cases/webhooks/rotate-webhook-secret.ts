import type { AuditNote } from '../../domain/audit.js';
import { badInput } from '../../domain/errors.js';
import type { Webhook } from '../../domain/webhook/webhook.js';
import { newWebhookSecret, secretPurpose } from '../../domain/webhook/webhook-secret.js';
import { parseUuid } from '../../validation/uuid.js';
import type { WebhookDeps } from './webhook-deps.js';

const MOST_SECONDS = 604_800;
const DEFAULT_SECONDS = 86_400;

interface RotateWebhookSecretInput {
  id: string;
  overlapSeconds?: number | null;
}

/** Makes a new secret, and answers it. The former one signs beside it for a while. */
export const rotateWebhookSecret =
  ({ store, secretBox }: Omit<WebhookDeps, 'webhookPolicy'>) =>
  async (
    tenantId: string,
    input: RotateWebhookSecretInput,
    note: AuditNote | null,
  ): Promise<{ webhook: Webhook; secret: string } | null> => {
    const id = parseUuid('input.id', input.id);
    const overlapSeconds = input.overlapSeconds ?? DEFAULT_SECONDS;
    if (overlapSeconds < 0 || overlapSeconds > MOST_SECONDS) {
      throw badInput('input.overlapSeconds', `input.overlapSeconds must be 0 to ${MOST_SECONDS}`);
    }
    if (id === null) return null;
    const secret = newWebhookSecret();
    const sealed = secretBox.seal(secret, secretPurpose(tenantId));
    const webhook = await store.rotateWebhookSecret({ tenantId, id }, { secret: sealed, overlapSeconds }, note);
    return webhook === null ? null : { webhook, secret };
  };
