import type { WebhookStore } from '../../ports/stores/webhooks/webhook-store.js';
import type { SecretBox } from '../../ports/webhooks/secret-box.js';
import type { AddressPolicy } from '../../validation/webhook/address-policy.js';

/** What makes and changes webhooks. */
export interface WebhookDeps {
  store: WebhookStore;
  secretBox: Pick<SecretBox, 'seal'>;
  /** What webhooks may reach. */
  webhookPolicy: AddressPolicy;
}
