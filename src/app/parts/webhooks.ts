import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import type { SecretBox } from '../../core/ports/webhooks/secret-box.js';
import type { WebhookTester } from '../../core/ports/webhooks/webhook-tester.js';
import { type AddressPolicy, compileAddressPolicy } from '../../core/validation/webhook/address-policy.js';
import { systemTimers } from '../../lib/time/timers.js';
import type { Store } from '../../store/index.js';
import { createWebhooks } from '../../webhooks/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { StartedPart } from './started-parts.js';

interface WebhooksPartDeps {
  store: Store;
  metrics: Metrics;
  usage: UsageMeter;
  logger: Logger;
}

interface WebhooksPart extends StartedPart {
  /** What the API makes and tests webhooks with. */
  forApi: { secretBox: SecretBox; webhookTester: WebhookTester; webhookPolicy: AddressPolicy };
}

/** Starts sending to webhooks. Without SECRETS_KEY nothing can be signed, so other nodes have to do it. */
export function startWebhooks({ webhooks }: ConfigWithDatabase, { store, ...rest }: WebhooksPartDeps): WebhooksPart {
  const policy = compileAddressPolicy(webhooks.allow);
  const node = createWebhooks({ ...rest, policy, secrets: webhooks.secretsKeys, clock: store.clock, timers: systemTimers });
  const { secretBox, tester } = node;
  if (webhooks.secretsKeys.length > 0) node.startSending(store);
  return { forApi: { secretBox, webhookTester: tester, webhookPolicy: policy }, stop: () => node.stop() };
}
