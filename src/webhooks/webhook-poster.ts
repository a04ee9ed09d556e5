import type { WebhookAttempt } from '../core/domain/webhook/webhook.js';
import { testBody } from '../core/domain/webhook/webhook-body.js';
import { secretPurpose } from '../core/domain/webhook/webhook-secret.js';
import type { TestedWebhook } from '../core/ports/stores/webhooks/webhook-store.js';
import type { SecretBox } from '../core/ports/webhooks/secret-box.js';
import type { WebhookTester } from '../core/ports/webhooks/webhook-tester.js';
import type { Clock } from '../lib/time/clock.js';
import { timeOrderedId } from '../lib/time-ordered-id.js';
import type { WebhookAnswer, WebhookClient } from './http/webhook-client.js';
import { signature } from './signature.js';

const USER_AGENT = 'Tidings-Webhooks/1';

/** A body, and the id that it is posted and signed under. */
export interface Posting {
  id: string;
  body: string;
}

interface PosterDeps {
  client: Pick<WebhookClient, 'post'>;
  secrets: Pick<SecretBox, 'open'>;
  /** Gives the database's time. */
  clock: Clock;
}

/** Signs what is posted to webhooks, as Standard Webhooks 1.0.0 says. */
export class WebhookPoster implements WebhookTester {
  constructor(private readonly deps: PosterDeps) {}

  /** @throws TidingsError SERVICE_UNAVAILABLE if a secret does not open */
  openSecrets(tenantId: string, sealed: readonly Buffer[]): string[] {
    return sealed.map((secret) => this.deps.secrets.open(secret, secretPurpose(tenantId)));
  }

  post(url: string, secrets: readonly string[], { id, body }: Posting): Promise<WebhookAnswer> {
    const timestamp = Math.floor(this.deps.clock.now() / 1000);
    const signatures = secrets.map((secret) => signature(secret, { id, timestamp, body }));
    const headers = {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.join(' '),
    };
    return this.deps.client.post({ url, headers, body });
  }

  async test({ tenantId, id: webhookId, url, secrets }: TestedWebhook): Promise<WebhookAttempt> {
    const at = new Date(this.deps.clock.now());
    const id = timeOrderedId(at.getTime());
    const posting = { id, body: testBody(id, at, webhookId) };
    const { httpStatus, error, durationMs, responseStart } = await this.post(url, this.openSecrets(tenantId, secrets), posting);
    return { id, at, eventIds: [], attempt: 1, httpStatus, error, durationMs, responseStart, nextAttemptAt: null };
  }
}
