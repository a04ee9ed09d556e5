import { LIMITS } from '../core/domain/limits.js';
import type { EndpointMatch, EndpointRequest, ProtocolEndpoint } from '../core/domain/live/protocol-endpoint.js';
import { type DeliveryNode, Refusal, readAttempt, type UpgradeRoute } from '../delivery/index.js';
import type { LiveHub } from '../live/index.js';
import { CLOSE } from '../protocol/close-codes.js';
import { EndpointConnection } from './endpoint-connection.js';

/** Serves clients of another service's protocol, after the steps of admission that every connection takes. */
export function endpointRoute(endpoint: ProtocolEndpoint, node: Pick<DeliveryNode, 'hold'>, hub: LiveHub): UpgradeRoute {
  const matchOf = (request: EndpointRequest): EndpointMatch => {
    const match = endpoint.match(request);
    if (!match) throw new Refusal('not-found');
    return match;
  };
  return {
    kind: 'live',
    matches: (path) => endpoint.match({ path, query: '' }) !== null,
    read({ request, path, query, address }) {
      const { token, needsOrigin } = matchOf({ path, query });
      if (needsOrigin && request.headers.origin === undefined) throw new Refusal('origin');
      const tokens = token === null ? query : `${query}&token=${encodeURIComponent(token)}`;
      return { ...readAttempt(request, tokens, address), mode: 'plain', protocol: null };
    },
    maxPayload: () => LIMITS.protocolClientFrameBytes,
    readsCloseCodes: () => false,
    accept(claims, _attempt, socket, { path, query }) {
      const admitted = node.hold(claims, socket);
      const connection = new EndpointConnection(admitted);
      const session = hub.connect(claims, matchOf({ path, query }).translator, connection);
      admitted.onceEnded(() => hub.disconnect(session));
      socket.listen({
        text: (data) => session.receive(data),
        binary: () => admitted.close(CLOSE.unsupportedData, 'text frames only'),
        ping: () => session.tolerate(),
        pong: (payload) => admitted.pong(payload),
        closed: (code) => admitted.closed(code),
      });
    },
  };
}
