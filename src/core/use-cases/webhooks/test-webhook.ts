import type { AuditNote } from '../../domain/audit.js';
import type { WebhookAttempt } from '../../domain/webhook/webhook.js';
import type { WebhookTester } from '../../ports/webhooks/webhook-tester.js';
import { parseUuid } from '../../validation/uuid.js';
import type { WebhookDeps } from './webhook-deps.js';

interface TestWebhookDeps extends Pick<WebhookDeps, 'store'> {
  webhookTester: WebhookTester;
}

/** Posts a test, whatever state the webhook is in, and answers how that went. */
export const testWebhook =
  ({ store, webhookTester }: TestWebhookDeps) =>
  async (
    { tenantId, hidesTexts }: { tenantId: string; hidesTexts: boolean },
    input: { id: string },
    note: AuditNote | null,
  ): Promise<WebhookAttempt | null> => {
    const id = parseUuid('input.id', input.id);
    const tested = id === null ? null : await store.beginTest({ tenantId, id }, note);
    if (tested === null) return null;
    const attempt = await webhookTester.test(tested);
    await store.recordTest(tested, attempt);
    return hidesTexts ? { ...attempt, responseStart: null } : attempt;
  };
