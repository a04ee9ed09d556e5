import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';

/** Without an option that ioredis types inconsistently, and that nobody sets. */
type ServerOptions = Omit<RedisOptions, 'replyMapping'>;

/** A Redis server that can be connected to. */
export interface RedisServer {
  /** `host:port`. Identifies the server, and is all that a log may say of it. */
  readonly key: string;
  /** May hold a password: never log it. */
  readonly options: ServerOptions;
}

const serverAt = (options: ServerOptions): RedisServer => ({ key: `${options.host}:${options.port}`, options });

/**
 * @param urls one `redis://` or `rediss://` URL, or several, comma-separated
 * @param connectionName what CLIENT LIST shows of our connections
 */
export function parseRedisUrls(urls: string, connectionName: string): RedisServer[] {
  return urls.split(/,(?=\s*rediss?:\/\/)/).map((text) => {
    const url = new URL(text.trim());
    const host = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
    const options: ServerOptions = { host, port: Number(url.port || 6379), connectionName };
    const database = url.pathname.slice(1) || url.searchParams.get('db');
    if (database) options.db = Number(database);
    if (url.username) options.username = decodeURIComponent(url.username);
    if (url.password) options.password = decodeURIComponent(url.password);
    if (url.protocol === 'rediss:') options.tls = isIP(host) ? {} : { servername: host };
    return serverAt(options);
  });
}

/**
 * Names another server of the same cluster, which is reached the same way. Under TLS a server that is known
 * by its address alone must show the certificate of the name that we were configured with.
 */
export function siblingOf(known: RedisServer, host: string, port: number): RedisServer {
  const { tls, ...options } = known.options;
  if (!tls) return serverAt({ ...options, host, port });
  return serverAt({ ...options, host, port, tls: isIP(host) ? tls : { ...tls, servername: host } });
}
