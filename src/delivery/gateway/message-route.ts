import { LIMITS } from '../../core/domain/limits.js';
import { offersV1 } from '../../protocol/subprotocols.js';
import { readAttempt } from '../admission/read-attempt.js';
import type { DeliveryCore } from '../delivery-core.js';
import { PlainProtocol, type V1Deps, V1Protocol } from '../inbound/client-protocols.js';
import type { UpgradeRoute } from './upgrade-route.js';

/** Serves the connections that get messages, at the path of PUBLIC_DELIVERY_URL itself. */
export function messagesRoute(core: DeliveryCore, deps: V1Deps): UpgradeRoute {
  return {
    kind: 'messages',
    matches: (path) => path === '/',
    read: ({ request, query, address }) => readAttempt(request, query, address),
    maxPayload: ({ mode }) => (mode === 'v1' ? LIMITS.protocolClientFrameBytes : LIMITS.plainClientFrameBytes),
    readsCloseCodes: (request) => offersV1(request.headers['sec-websocket-protocol']),
    accept(claims, { mode }, socket) {
      const connection = core.connect(claims, mode, socket);
      socket.listen(mode === 'v1' ? new V1Protocol(connection, deps) : new PlainProtocol(connection));
    },
  };
}
