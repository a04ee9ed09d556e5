import type { Logger } from '../core/ports/logger.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { WebhookQueue } from '../core/ports/stores/webhooks/webhook-queue.js';
import type { UsageMeter } from '../core/ports/usage-meter.js';
import type { SecretBox } from '../core/ports/webhooks/secret-box.js';
import type { WebhookTester } from '../core/ports/webhooks/webhook-tester.js';
import type { AddressPolicy } from '../core/validation/webhook/address-policy.js';
import type { Clock } from '../lib/time/clock.js';
import type { Timers } from '../lib/time/timers.js';
import { createSecretBox } from './aes-secret-box.js';
import { createNameResolver, type ResolveName } from './http/name-resolver.js';
import { WebhookClient } from './http/webhook-client.js';
import { WebhookSender } from './sending/webhook-sender.js';
import { WebhookPoster } from './webhook-poster.js';

export interface WebhooksOptions {
  /** What may be reached. */
  policy: AddressPolicy;
  /** Keys of the secrets: the first encrypts, all decrypt. */
  secrets: readonly string[];
  /** Gives the database's time. */
  clock: Clock;
  timers: Timers;
  metrics: Metrics;
  usage: Pick<UsageMeter, 'count'>;
  logger: Logger;
  /** Finds addresses; by default by asking name servers. */
  resolve?: ResolveName;
}

export interface Webhooks {
  secretBox: SecretBox;
  tester: WebhookTester;
  /** Sends what is in the queue from now on. */
  startSending(queue: WebhookQueue): void;
  stop(): Promise<void>;
}

/** Creates what sends to webhooks. */
export function createWebhooks({ policy, secrets, resolve = createNameResolver(), ...context }: WebhooksOptions): Webhooks {
  const { clock, timers } = context;
  const client = new WebhookClient({ policy, resolve, timers });
  const secretBox = createSecretBox(secrets);
  const poster = new WebhookPoster({ client, secrets: secretBox, clock });
  let sender: WebhookSender | null = null;
  return {
    secretBox,
    tester: poster,
    startSending(queue) {
      sender = new WebhookSender({ ...context, queue, poster });
    },
    async stop() {
      await sender?.stop();
      await client.close();
    },
  };
}
