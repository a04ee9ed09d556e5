import type { ProtocolEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { ENTITY_EVENTS } from './translator.js';

const PATH = '/api/websocket/events';

export const entityEvents: ProtocolEndpoint = {
  match: ({ path }) => (path === PATH ? { token: null, needsOrigin: true, translator: ENTITY_EVENTS } : null),
};
