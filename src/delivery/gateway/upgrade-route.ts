import type { IncomingMessage } from 'node:http';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { CloseCode } from '../../protocol/close-codes.js';
import type { ConnectionKind } from '../admission/connection-room.js';
import type { Attempt } from '../admission/read-attempt.js';
import type { Refusal } from '../admission/refusal.js';
import type { Socket } from '../socket/socket.js';

/** Holds what is known of a handshake. */
export interface Handshake {
  request: IncomingMessage;
  /** Below the path of PUBLIC_DELIVERY_URL, still percent-encoded. */
  path: string;
  /** Lacks its question mark; is still percent-encoded. */
  query: string;
  /** See `Attempt.address`. */
  address(): string;
}

/** Serves one kind of connection, chosen by path. All take the same steps of admission. */
export interface UpgradeRoute {
  readonly kind: ConnectionKind;
  /** @param path below that of PUBLIC_DELIVERY_URL */
  matches(path: string): boolean;
  /**
   * Reads what the handshake says of itself.
   * @throws Refusal
   */
  read(handshake: Handshake): Attempt;
  /** Bounds a client's frame, in bytes. */
  maxPayload(attempt: Attempt): number;
  /**
   * Returns true if the client reads close codes because it cannot see statuses. It is then accepted and
   * closed where its token or restrictions fail. See docs/design/admission.md.
   */
  readsCloseCodes(request: IncomingMessage): boolean;
  /**
   * Hears of a client that was refused, if activity is recorded of the route's clients.
   * @param closeCode with which it is closed; null if its handshake failed
   */
  refused?(refusal: Refusal, handshake: Handshake, closeCode: CloseCode | null): void;
  /** Takes over the socket of an admitted client. */
  accept(claims: RecipientClaims, attempt: Attempt, socket: Socket, handshake: Handshake): void;
}
