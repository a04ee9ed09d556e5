import { TidingsClient } from '../index.js';
import type { SocketClass } from '../platform.js';
import { claimsOf, tokenIn } from '../token.js';
import { TabSocket } from './tab-socket.js';

export * from '../index.js';

/** What tokens of the same recipient have in common. Null if it cannot be read. */
function commonOf(token: string): string | null {
  const claims = claimsOf(token);
  return claims && JSON.stringify({ ...claims, iat: 0, exp: 0, jti: 0 });
}

/**
 * Makes sockets that share one connection among the tabs of a browser. Where a browser has no locks, or the
 * token cannot be read, each has its own.
 */
const sharing = (share: string, WebSocket: SocketClass) =>
  function openShared(uri: string, protocols: string[]) {
    const common = commonOf(tokenIn(uri));
    if (!common || !globalThis.navigator?.locks) return new WebSocket(uri, protocols);
    const { origin, pathname } = new URL(uri);
    const connect = (own: string) => new WebSocket(own, protocols) as globalThis.WebSocket;
    return new TabSocket(`tidings ${share} ${origin}${pathname} ${common}`, uri, (token) => commonOf(token) === common, connect);
  } as unknown as SocketClass;

TidingsClient.sharing = sharing;
