/**
 * What codes mean that either side closes a WebSocket with: RFC 6455, section 7.4.1, and the service's own.
 */
const WORDS: Record<number, string> = {
  1000: 'the page closed the connection',
  1001: 'the page was left, or the service was being restarted',
  1002: 'the browser sent something broken',
  1003: 'the page sent something that is not accepted',
  1005: 'the page closed the connection without saying why',
  1006: 'the connection broke off: the network, or a device that was switched off',
  1007: 'the page sent text that could not be read',
  1008: 'the page kept breaking the rules',
  1009: 'the page sent something that was too long',
  4401: 'the token expired, or was refused, or the tenant was disabled',
  4403: 'the recipient was revoked, or the page is not one that the token allows',
  4408: 'the browser gave no sign of life, or was too slow to take what was sent',
  4429: 'too many connections were open',
};

/** Says in words why a connection ended. */
export const closeWords = (code: number): string => WORDS[code] ?? 'the page closed the connection for a reason of its own';
