import type { ServerResponse } from 'node:http';
import { TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { sleep, type Timers } from '../../lib/time/timers.js';
import { SseSubscription } from './sse-subscription.js';

/** Bounds what one tenant may have open on a node. */
const MOST_OF_TENANT = 100;
/** Looks this often at keys, comments and readers, in milliseconds: a revoked key ends within 5 s. */
const TICK_MS = 1_000;
/** Ends a subscription whose key could not be checked for so long, in milliseconds. */
const UNCHECKED_MS = 30_000;

interface SseSubscriptionsDeps {
  /** @throws TidingsError UNAUTHENTICATED; SERVICE_UNAVAILABLE if the key cannot be checked */
  authenticate(key: string): Promise<unknown>;
  timers: Timers;
  metrics: Pick<Metrics, 'statusSubscriptions' | 'statusSubscriptionsEnded' | 'statusEventsSent'>;
  logger: Logger;
}

/** Request that asks for a subscription. */
export interface SubscriptionCall {
  tenantId: string;
  apiKey: string;
  requestId: string;
  response: ServerResponse;
}

interface Held {
  subscription: SseSubscription;
  call: SubscriptionCall;
  isChecking: boolean;
  /** When its key was last known to be good. */
  goodAt: number;
}

/** Holds the open subscriptions of a node, and ends those that may not go on. */
export class SseSubscriptions {
  readonly #held = new Set<Held>();
  readonly #ofTenant = new Map<string, number>();
  #isTicking = false;
  #isRetired = false;

  constructor(private readonly deps: SseSubscriptionsDeps) {
    deps.metrics.statusSubscriptions.read(() => this.#held.size);
  }

  /** @throws TidingsError QUOTA_EXCEEDED if the tenant has as many as it may */
  open(call: SubscriptionCall): SseSubscription {
    const { tenantId, requestId, response } = call;
    const { timers, metrics, logger } = this.deps;
    const open = this.#ofTenant.get(tenantId) ?? 0;
    if (open >= MOST_OF_TENANT) {
      throw new TidingsError('QUOTA_EXCEEDED', `a tenant may have ${MOST_OF_TENANT} subscriptions open on a node`, {
        limit: MOST_OF_TENANT,
      });
    }
    const held: Held = {
      ...{ call, isChecking: false, goodAt: timers.now() },
      subscription: new SseSubscription({
        ...{ requestId, response, logger, now: () => timers.now() },
        onWritten: (events) => metrics.statusEventsSent.inc(events),
        onEnd: (reason) => metrics.statusSubscriptionsEnded[reason].inc(),
        onClosed: () => this.#release(held),
      }),
    };
    this.#ofTenant.set(tenantId, open + 1);
    this.#held.add(held);
    if (this.#isRetired) held.subscription.close('shutdown');
    this.#tickLater();
    return held.subscription;
  }

  /** Closes all over `spreadMs`, so that their clients do not come to other nodes at once; then each new one. */
  async retire(spreadMs: number): Promise<void> {
    if (this.#isRetired) return;
    this.#isRetired = true;
    const all = [...this.#held];
    const { timers } = this.deps;
    const pauseMs = spreadMs / Math.max(1, all.length);
    for (const { subscription } of all) {
      subscription.close('shutdown');
      if (pauseMs > 0) await sleep(timers, pauseMs);
    }
  }

  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    const { tenantId } = held.call;
    const left = (this.#ofTenant.get(tenantId) ?? 1) - 1;
    if (left > 0) this.#ofTenant.set(tenantId, left);
    else this.#ofTenant.delete(tenantId);
  }

  #tickLater(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.deps.timers.after(TICK_MS, () => {
      this.#isTicking = false;
      for (const held of this.#held) {
        held.subscription.tick();
        if (!held.isChecking) void this.#checkKey(held);
      }
      if (this.#held.size > 0) this.#tickLater();
    });
  }

  /** Keys are remembered for seconds, so a check of many subscriptions of one key is one look-up. */
  async #checkKey(held: Held): Promise<void> {
    const { timers, authenticate } = this.deps;
    const { subscription, call } = held;
    const at = timers.now();
    held.isChecking = true;
    try {
      await authenticate(call.apiKey);
      held.goodAt = at;
    } catch (error) {
      if (error instanceof TidingsError && error.code === 'UNAUTHENTICATED') subscription.finish('key', error);
      else if (timers.now() - held.goodAt >= UNCHECKED_MS) subscription.close('database');
    } finally {
      held.isChecking = false;
    }
  }
}
