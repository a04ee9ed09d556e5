import type { StatusEvent } from '../../domain/status-feed/status-event.js';
import type { StatusEventQuery } from '../../ports/stores/feed/status-feed-store.js';

/** Tells whether an event matches all that a query gives, as the store does. */
export const matchesQuery = (event: StatusEvent, query: StatusEventQuery): boolean =>
  (query.types === null || query.types.includes(event.type)) &&
  (query.recipient === null || query.recipient === event.recipient) &&
  (query.topic === null || query.topic === event.topic) &&
  (query.globalMessageId === null || query.globalMessageId === event.globalMessageId) &&
  (query.globals === null || query.globals === (event.globalMessageId !== null));
