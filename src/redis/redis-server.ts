import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';

/** One Redis server that can be connected to. */
export interface RedisServer {
  /** `host:port`: tells servers apart, and is all that a log says of one. */
  readonly key: string;
  readonly options: RedisOptions;
}

const server = (options: RedisOptions): RedisServer => ({ key: `${options.host}:${options.port}`, options });

/** @param urls one `redis://` or `rediss://` URL, or several, comma-separated */
export function parseRedisUrls(urls: string): RedisServer[] {
  return urls.split(/,(?=\s*rediss?:\/\/)/).map((text) => {
    const url = new URL(text.trim());
    const options: RedisOptions = { host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(url.port || 6379) };
    if (url.username) options.username = decodeURIComponent(url.username);
    if (url.password) options.password = decodeURIComponent(url.password);
    if (url.protocol === 'rediss:') options.tls = isIP(String(options.host)) ? {} : { servername: options.host };
    return server(options);
  });
}

/**
 * Another server of the same cluster, reached the same way. Under TLS a server that is known by an address alone must show the
 * certificate of the name that we were configured with.
 */
export function siblingOf(of: RedisServer, host: string, port: number): RedisServer {
  const { tls, ...options } = of.options;
  if (!tls) return server({ ...options, host, port });
  return server({ ...options, host, port, tls: isIP(host) ? tls : { ...tls, servername: host } });
}
