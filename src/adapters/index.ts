import type { ProtocolEndpoint } from '../core/domain/live/protocol-endpoint.js';
import { entityEvents } from './entity-events/endpoint.js';
import { objectSubscriptions } from './object-subscriptions/endpoint.js';
import { tableTopics } from './table-topics/endpoint.js';
import { topicPaths } from './topic-paths/endpoint.js';

export { endpointRoute } from './endpoint-route.js';
export { tidingsV1Commands } from './tidings-v1/commands.js';

/** Lists the protocols that clients of other services speak, each at paths of its own. */
export const protocolEndpoints: readonly ProtocolEndpoint[] = [entityEvents, tableTopics, topicPaths, objectSubscriptions];
