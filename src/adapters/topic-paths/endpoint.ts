import type { ProtocolEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { TOPIC_PATHS } from './translator.js';

const PATH = '/v1.0/ws';

export const topicPaths: ProtocolEndpoint = {
  match: ({ path }) => (path === PATH ? { token: null, needsOrigin: false, translator: TOPIC_PATHS } : null),
};
