import type { ProtocolEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { BASE64_WIRE, SESSION_WIRE } from './session-wire.js';
import { TableTopics } from './translator.js';
import type { Wire } from './wire.js';

const PATH = '/live';

/** Maps what clients ask for as `wire` in the query. */
const WIRES = new Map<string | null, Wire>([
  ['session', SESSION_WIRE],
  ['session-base64', BASE64_WIRE],
]);

function wireIn(query: string): Wire | null {
  // Most clients ask for nothing.
  if (!query.includes('wire=')) return null;
  return WIRES.get(new URLSearchParams(query).get('wire')) ?? null;
}

export const tableTopics: ProtocolEndpoint = {
  match({ path, query }) {
    if (path !== PATH) return null;
    return { token: null, needsOrigin: false, translator: new TableTopics(wireIn(query)) };
  },
};
