import type { EventPublisher } from './event-publisher.js';
import type { LiveDirectory } from './live-directory.js';

/** Everything that use cases ask of live topics. */
export interface LiveTopics {
  directory: LiveDirectory;
  events: EventPublisher;
  /** @throws TidingsError BAD_USER_INPUT if the text is not a condition; RATE_LIMITED */
  checkCondition(tenantId: string, field: string, text: string): Promise<void>;
  /** Tells this node that an event rule of the tenant was changed on it. */
  rulesChanged(tenantId: string): void;
}
