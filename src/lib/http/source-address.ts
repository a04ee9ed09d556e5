import type { IncomingMessage } from 'node:http';
import proxyaddr from 'proxy-addr';

/** Matches an address with a port, as some proxies write it; an IPv6 address is in brackets then. */
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):\d{1,5}$/i;

const withoutPort = (entry: string): string => {
  const parts = WITH_PORT.exec(entry);
  return parts?.[1] ?? parts?.[2] ?? entry;
};

/**
 * Creates a function that tells where a request comes from: the peer's address, or the entry of
 * `X-Forwarded-For` that the proxies entitle us to believe, which may be no address at all.
 * @param proxies CIDR ranges of proxies whose header is believed
 */
export function createSourceAddress(proxies: readonly string[]): (request: IncomingMessage) => string {
  if (proxies.length === 0) return (request) => request.socket.remoteAddress ?? '';
  const isProxy = proxyaddr.compile([...proxies]);
  return (request) => withoutPort(proxyaddr(request, (entry, hop) => isProxy(withoutPort(entry), hop)));
}

/**
 * Creates a function that tells whether a peer is a proxy that is believed: its connections are those of
 * many.
 * @param proxies CIDR ranges
 */
export function createProxyCheck(proxies: readonly string[]): (address: string) => boolean {
  if (proxies.length === 0) return () => false;
  const isProxy = proxyaddr.compile([...proxies]);
  return (address) => isProxy(address, 0);
}
