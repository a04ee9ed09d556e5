import type { NewLiveEvent } from '../domain/live/live-event.js';

/** Takes live events to the tenant's stream and to those who follow them. */
export interface EventPublisher {
  /**
   * Publishes all of them, or none.
   * @returns their ids, in order
   * @throws TidingsError RATE_LIMITED, SERVICE_UNAVAILABLE
   */
  publish(tenantId: string, events: ReadonlyArray<Omit<NewLiveEvent, 'flows'>>): Promise<string[]>;
}
