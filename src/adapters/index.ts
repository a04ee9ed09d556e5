import type { LiveEndpoint } from '../core/domain/live/protocol-endpoint.js';
import { entityEvents } from './entity-events/endpoint.js';
import { objectSubscriptions } from './object-subscriptions/endpoint.js';
import { tableTopics } from './table-topics/endpoint.js';
import { topicPaths } from './topic-paths/endpoint.js';

export { liveRoute } from './endpoint-route.js';
export { liveCommands } from './tidings-v1/commands.js';

/** The protocols of clients of other services. */
export const liveEndpoints: readonly LiveEndpoint[] = [entityEvents, tableTopics, topicPaths, objectSubscriptions];
