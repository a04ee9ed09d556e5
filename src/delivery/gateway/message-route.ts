import { LIMITS } from '../../core/domain/limits.js';
import { modeOf, offersV1, protocolOf, readOffer } from '../../protocol/subprotocols.js';
import { readAttempt } from '../admission/read-attempt.js';
import type { DeliveryCore } from '../delivery-core.js';
import { PlainProtocol, type V1Deps, V1Protocol } from '../inbound/client-protocols.js';
import { clientFacts } from './client-facts.js';
import type { UpgradeRoute } from './upgrade-route.js';

/** Serves the connections that get messages, at the path of PUBLIC_DELIVERY_URL itself. */
export function messagesRoute(core: DeliveryCore, deps: V1Deps): UpgradeRoute {
  return {
    kind: 'messages',
    matches: (path) => path === '/',
    read: ({ request, query, address }) => readAttempt(request, query, address),
    maxPayload: ({ mode }) => (mode === 'v1' ? LIMITS.protocolClientFrameBytes : LIMITS.plainClientFrameBytes),
    readsCloseCodes: (request) => offersV1(request.headers['sec-websocket-protocol']),
    refused({ claims, reason }, { request, address }, closeCode) {
      if (claims === null || reason === null) return;
      const protocol = protocolOf(modeOf(readOffer(request.headers['sec-websocket-protocol']).protocol));
      core.activity.refused(claims, reason, { protocol, facts: clientFacts(request, address()) }, closeCode);
    },
    accept(claims, { mode }, socket, { request, address }) {
      const connection = core.connect(claims, mode, socket, clientFacts(request, address()));
      socket.listen(mode === 'v1' ? new V1Protocol(connection, deps) : new PlainProtocol(connection));
    },
  };
}
