import type { LiveEndpoint } from '../../core/live/endpoint.js';
import { TABLE_TOPICS } from './translator.js';

const PATH = '/live';

export const tableTopics: LiveEndpoint = {
  match: ({ path }) => (path === PATH ? { token: null, needsOrigin: false, translator: TABLE_TOPICS } : null),
};
