import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { StoreClient } from './store-client.js';

/** Parameters that are done here, since pg would not know them or give them another meaning. */
const DONE_HERE = [
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
  'channel_binding',
  'gssencmode',
  'target_session_attrs',
  'connect_timeout',
  'schema',
  'pgbouncer',
];

type Tls = Exclude<pg.ClientConfig['ssl'], undefined>;

/**
 * Reads DATABASE_URL for pg. Its parameters mean what they mean to libpq; those that cannot are refused with
 * the configuration.
 *
 * @throws if a file that it names cannot be read
 */
export function connectionConfig(url: string): pg.ClientConfig {
  const [, base = url, query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(url) ?? [];
  const params = new URLSearchParams(query);
  const ssl = tlsOf(params);
  const enableChannelBinding = params.get('channel_binding') === 'prefer';
  for (const name of DONE_HERE) params.delete(name);
  return { connectionString: params.size === 0 ? base : `${base}?${params}`, ssl, enableChannelBinding };
}

/** Opens no connection: for a look at the server beside the pool. */
export const newClient = (url: string, connectionTimeoutMillis: number): pg.Client =>
  new StoreClient({ ...connectionConfig(url), connectionTimeoutMillis });

/** Names the schema that the URL asks for; null if it says nothing of it. */
export const schemaOf = (url: string): string | null => new URLSearchParams(url.split('?')[1]).get('schema');

function tlsOf(params: URLSearchParams): Tls {
  const mode = params.get('sslmode') ?? modeOf(params.get('ssl')) ?? (isDirect(params) ? 'verify-full' : 'disable');
  if (mode === 'disable') return false;
  const root = params.get('sslrootcert');
  // libpq's word for the certificates that the system trusts, which are Node's default.
  const ca = root === null || root === 'system' ? undefined : read('sslrootcert', root);
  const options: Exclude<Tls, boolean> = {
    ...(ca === undefined ? {} : { ca }),
    ...fileOf(params, 'sslcert', 'cert'),
    ...fileOf(params, 'sslkey', 'key'),
  };
  if (mode === 'verify-full') return options;
  // As libpq does: with a certificate to check against, `require` checks who signed, but not the name.
  const checked = mode === 'verify-ca' || (mode === 'require' && ca !== undefined);
  return checked ? { ...options, checkServerIdentity: () => undefined } : { ...options, rejectUnauthorized: false };
}

const isDirect = (params: URLSearchParams): boolean => params.get('sslnegotiation') === 'direct';

function modeOf(ssl: string | null): string | null {
  if (ssl === 'true' || ssl === '1') return 'verify-full';
  if (ssl === 'false' || ssl === '0') return 'disable';
  return ssl;
}

function fileOf(params: URLSearchParams, name: string, option: 'cert' | 'key'): object {
  const path = params.get(name);
  return path === null ? {} : { [option]: read(name, path) };
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`the ${name} of DATABASE_URL cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
