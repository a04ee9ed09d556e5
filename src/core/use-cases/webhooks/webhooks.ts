import type { Webhook } from '../../domain/webhook/webhook.js';
import type { WebhookDeps } from './webhook-deps.js';

/** Lists a tenant's webhooks. */
export const webhooks =
  ({ store }: Pick<WebhookDeps, 'store'>) =>
  (tenantId: string): Promise<Webhook[]> =>
    store.listWebhooks(tenantId);
