import type { NewLiveEvent } from '../domain/live/live-event.js';

/** Events that are published at once: a millisecond or two of work for this process, and for Redis. */
export type EventPart = ReadonlyArray<Omit<NewLiveEvent, 'flows'>>;

/** Takes live events to the tenant's stream and to those who follow them. */
export interface EventPublisher {
  /**
   * Publishes events in order, part by part: all of a part, or none. What is limited counts the whole call.
   * @returns their ids, in order; those before the first part that was not published, if that is not the first
   * @throws TidingsError RATE_LIMITED, SERVICE_UNAVAILABLE: nothing was published
   */
  publish(tenantId: string, parts: readonly EventPart[]): Promise<string[]>;
}
