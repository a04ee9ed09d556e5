/** Why a node closes a WebSocket: codes of RFC 6455 section 7.4.1 and, from 4400 on, our own. */
export const CLOSE = {
  /** The node is shutting down: connect again, to another node or a little later. */
  goingAway: 1001,
  /** Broken frames. */
  protocolError: 1002,
  /** A kind of data that is not accepted. */
  unsupportedData: 1003,
  /** Text that is no UTF-8. */
  invalidPayload: 1007,
  /** The client keeps breaking the rules. */
  policyViolation: 1008,
  messageTooBig: 1009,
  /** The token expired while connected, or was refused. */
  unauthorized: 4401,
  /** The recipient was revoked, or a restriction of the token is not met. */
  forbidden: 4403,
  /** No pong, or too slow to take what is sent. */
  tooSlow: 4408,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];
