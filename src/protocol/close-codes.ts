/** Codes with which a node closes a WebSocket: those of RFC 6455, section 7.4.1, and from 4400 on its own. */
export const CLOSE = {
  /** The node is shutting down: the client connects to another node, or a little later. */
  goingAway: 1001,
  /** The client sent broken frames. */
  protocolError: 1002,
  /** The client sent a kind of data that is not accepted. */
  unsupportedData: 1003,
  /** The client sent text that is not UTF-8. */
  invalidPayload: 1007,
  /** The client keeps breaking the rules. */
  policyViolation: 1008,
  messageTooBig: 1009,
  /** The token expired while connected, or was refused. */
  unauthorized: 4401,
  /** The recipient was revoked, or the connection breaks a restriction of the token. */
  forbidden: 4403,
  /** The client sent no pong, or is too slow to take what is sent. */
  tooSlow: 4408,
  /**
   * The tenant or recipient has too many connections. The reason says after how many seconds to come back.
   */
  tooManyConnections: 4429,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];
