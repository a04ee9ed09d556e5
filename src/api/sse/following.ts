import type { ExecutionResult } from 'graphql';
import type { SourceEvent, SseSubscription } from './sse-subscription.js';
import type { SseSubscriptions, SubscriptionCall } from './sse-subscriptions.js';

/** Place of a subscription that is asked for: none yet, open, or refused. One for each request. */
export class Following {
  #subscription: SseSubscription | null = null;
  /** Why there will be none. */
  refusal: unknown = null;

  /** @param lastEventId position that the client has already; null if it names none */
  constructor(
    private readonly subscriptions: SseSubscriptions,
    private readonly call: SubscriptionCall,
    readonly lastEventId: string | null,
  ) {}

  /**
   * Opens a subscription that nothing is written to before it begins.
   * @returns a signal that is aborted when it ends
   * @throws TidingsError QUOTA_EXCEEDED
   */
  open(): AbortSignal {
    this.#subscription = this.subscriptions.open(this.call);
    return this.#subscription.signal;
  }

  begin<Event extends SourceEvent>(
    source: AsyncIterable<readonly Event[]>,
    execute: (event: Event) => Promise<ExecutionResult>,
  ): void {
    void this.#subscription?.run(source, execute);
  }

  /** Gives back the place of one that was refused after it was opened. */
  refuse(refusal: unknown): void {
    this.refusal = refusal;
    this.#subscription?.finish('refused');
    this.#subscription?.body.destroy();
    this.#subscription = null;
  }

  /** Returns the answer; null where there is no subscription. */
  get body() {
    return this.#subscription?.body ?? null;
  }
}
