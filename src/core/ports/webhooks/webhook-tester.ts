import type { WebhookAttempt } from '../../domain/webhook/webhook.js';
import type { TestedWebhook } from '../stores/webhooks/webhook-store.js';

/** Posts a test to a webhook. */
export interface WebhookTester {
  test(webhook: TestedWebhook): Promise<WebhookAttempt>;
}
