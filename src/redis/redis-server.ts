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
  /** Set for a sentinel, which is asked for the primary of that name. */
  readonly sentinel?: {
    readonly name: string;
    /** How the primary is reached, but for its address. */
    readonly primary: ServerOptions;
  };
}

export const serverAt = (options: ServerOptions): RedisServer => ({ key: `${options.host}:${options.port}`, options });

/**
 * Reads `redis+sentinel://user:password@host:port,host:port/name/3`; user, password and number are the primary's. Those
 * of the sentinels follow as `?sentinel_username=…&sentinel_password=…`.
 */
const SENTINELS = /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^/?#]+)\/([^/?#]+)(?:\/(\d+))?(?:\?([^#]*))?$/;
const SENTINEL_PORT = 26_379;

const credentialsOf = (username: string | null, password: string | null): ServerOptions => ({
  ...(username ? { username } : {}),
  ...(password ? { password } : {}),
});

function sentinelsOf(parts: readonly (string | undefined)[], connectionName: string): RedisServer[] {
  const [, scheme, credentials, hosts = '', name = '', inPath, query] = parts;
  const params = new URLSearchParams(query);
  const db = inPath ?? params.get('db');
  const tls = scheme === 'rediss' ? { tls: {} } : {};
  const [user = '', ...password] = (credentials ?? '').split(':').map(decodeURIComponent);
  const primary: ServerOptions = {
    connectionName,
    ...tls,
    ...(db ? { db: Number(db) } : {}),
    ...credentialsOf(user, password.join(':')),
  };
  const own = credentialsOf(params.get('sentinel_username'), params.get('sentinel_password'));
  return hosts.split(',').map((authority) => {
    const url = new URL(`redis://${authority.trim()}`);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const server = serverAt({ connectionName, ...tls, ...own, host, port: Number(url.port || SENTINEL_PORT) });
    return { ...server, sentinel: { name: decodeURIComponent(name), primary } };
  });
}

/**
 * @param urls one `redis://` or `rediss://` URL, or several, comma-separated; or one `redis+sentinel://` URL
 * @param connectionName what CLIENT LIST shows of our connections
 */
export function parseRedisUrls(urls: string, connectionName: string): RedisServer[] {
  const sentinels = SENTINELS.exec(urls);
  if (sentinels) return sentinelsOf(sentinels, connectionName);
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
