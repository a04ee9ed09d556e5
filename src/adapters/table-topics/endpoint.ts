import type { ProtocolEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { TABLE_TOPICS } from './translator.js';

const PATH = '/live';

export const tableTopics: ProtocolEndpoint = {
  match: ({ path }) => (path === PATH ? { token: null, needsOrigin: false, translator: TABLE_TOPICS } : null),
};
