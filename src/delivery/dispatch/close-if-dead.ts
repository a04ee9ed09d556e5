import type { Standing } from '../../core/ports/stores/delivery-store.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { AdmittedSocket } from '../connection/admitted-socket.js';

/**
 * Closes a connection whose token is no longer good. Tells whether it did. A tenant that is disabled may be enabled
 * again, here or in another installation: its clients are to ask for a new token.
 */
export function closeIfDead(socket: Pick<AdmittedSocket, 'claims' | 'close'>, standing: Standing): boolean {
  if (socket.claims.revocation < standing.revocation) socket.close(CLOSE.forbidden, 'revoked');
  else if (!standing.tenantActive) socket.close(CLOSE.unauthorized, 'tenant disabled');
  else return false;
  return true;
}
