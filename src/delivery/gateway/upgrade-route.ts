import type { IncomingMessage } from 'node:http';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { Attempt } from '../admission/read-attempt.js';
import type { Socket } from '../socket/socket.js';

/** What is known of a handshake beside its headers. */
export interface Handshake {
  request: IncomingMessage;
  /** Path below that of PUBLIC_DELIVERY_URL, still percent-encoded. */
  path: string;
  /** Without its question mark, still percent-encoded. */
  query: string;
  /** See `Attempt.address`. */
  address(): string;
}

/** A kind of connection, chosen by path. The steps of admission are the same for all. */
export interface UpgradeRoute {
  /** @param path below that of PUBLIC_DELIVERY_URL */
  matches(path: string): boolean;
  /** What the handshake says of itself. Throws a Refusal. */
  read(handshake: Handshake): Attempt;
  /** Bytes of a client's frame, at most. */
  maxPayload(attempt: Attempt): number;
  /**
   * The client offers `tidings.v1`: it cannot see statuses and reads close codes, so it is accepted and closed if its token or
   * restrictions fail.
   */
  readsCloseCodes(request: IncomingMessage): boolean;
  /** Takes over the socket of an admitted client. */
  accept(claims: RecipientClaims, attempt: Attempt, socket: Socket, handshake: Handshake): void;
}
