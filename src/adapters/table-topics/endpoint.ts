import type { LiveEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { TABLE_TOPICS } from './translator.js';

const PATH = '/live';

export const tableTopics: LiveEndpoint = {
  match: ({ path }) => (path === PATH ? { token: null, needsOrigin: false, translator: TABLE_TOPICS } : null),
};
