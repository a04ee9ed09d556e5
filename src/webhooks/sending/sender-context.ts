import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { WebhookQueue } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import type { FairSemaphore } from '../../lib/fair-semaphore.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import type { WebhookPoster } from '../webhook-poster.js';

/** What everything that sends to webhooks shares. */
export interface SenderContext {
  queue: WebhookQueue;
  poster: Pick<WebhookPoster, 'post' | 'openSecrets'>;
  /** Gives the database's time. */
  clock: Clock;
  timers: Timers;
  metrics: Metrics;
  usage: Pick<UsageMeter, 'count'>;
  logger: Logger;
  /** Requests of this node, in turns by tenant. */
  slots: FairSemaphore;
}
