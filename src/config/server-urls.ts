import * as z from 'zod';
import { parseUrl, printable } from './parsers.js';

/** Says what is wrong with a URL, without any part of it: it may hold a password. Null if nothing is. */
type Judge = (url: string) => string | null;

const judged = (...judges: readonly Judge[]) =>
  z.string().superRefine((url, context) => {
    const problem = firstProblem(judges, url);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

function firstProblem(judges: readonly Judge[], url: string): string | null {
  for (const judge of judges) {
    const problem = judge(url);
    if (problem !== null) return problem;
  }
  return null;
}

const paramsOf = (url: string): URLSearchParams => new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '');

/** Looks between `//` (or the user) and the path, and in the query, where a socket's folder stands. */
const namesSeveralHosts: Judge = (url) => {
  const [, authority = ''] = /^[a-z]+:\/\/([^/?#]*)/i.exec(url) ?? [];
  const named = paramsOf(url);
  const hosts = [authority.slice(authority.lastIndexOf('@') + 1), ...named.getAll('host'), ...named.getAll('port')];
  return hosts.some((host) => host.includes(','))
    ? 'must be a URL that names one host, not several: let one address lead to whichever server is the primary'
    : null;
};

const isPostgresUrl: Judge = (url) =>
  parseUrl(url, ['postgresql:', 'postgres:']) ? null : 'must be a URL that begins with postgresql://';

/** Judges one parameter's value; null if it is done as it says. */
type JudgeValue = (value: string, others: URLSearchParams) => string | null;

const anything: JudgeValue = () => null;

const oneOf =
  (values: readonly string[], otherwise: string): JudgeValue =>
  (value) =>
    values.includes(value) ? null : otherwise;

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'];

const sslMode: JudgeValue = (value, others) => {
  if (value === 'prefer' || value === 'allow')
    return `must not have sslmode (or PGSSLMODE) ${value}, which leaves TLS to chance: name require, verify-full or disable`;
  if (!SSL_MODES.includes(value)) return `must have an sslmode (or PGSSLMODE) of ${SSL_MODES.join(', ')}`;
  if (value === 'verify-ca' && !others.has('sslrootcert'))
    return 'must name an sslrootcert beside sslmode=verify-ca, or have sslmode=verify-full';
  return null;
};

/** Lists the parameters of DATABASE_URL, in the words of libpq, pg and Prisma. Each is done as it says. */
const DATABASE_PARAMETERS: Readonly<Record<string, JudgeValue>> = {
  host: anything,
  port: anything,
  user: anything,
  password: anything,
  application_name: anything,
  options: anything,
  sslmode: sslMode,
  ssl: oneOf(['true', '1', 'false', '0', 'no-verify'], 'must have an sslmode rather than this value of ssl'),
  sslrootcert: anything,
  sslcert: anything,
  sslkey: anything,
  sslnegotiation: oneOf(['postgres', 'direct'], 'must have an sslnegotiation of postgres or direct'),
  uselibpqcompat: oneOf(['true'], 'must not have uselibpqcompat but as true: sslmode means what it means to psql'),
  channel_binding: oneOf(
    ['prefer', 'disable'],
    'must not have channel_binding=require, which cannot be promised: name prefer, and sslmode=verify-full for a proof of the server',
  ),
  gssencmode: oneOf(['disable', 'prefer'], 'must not have gssencmode=require: use TLS by sslmode'),
  target_session_attrs: oneOf(
    ['any', 'read-write', 'primary'],
    'must lead to a primary: target_session_attrs can be read-write, primary or any',
  ),
  connect_timeout: (value) =>
    /^(0|[3-9]|\d{2,5})$/.test(value) ? null : 'must not have a connect_timeout below 3: an attempt lasts 2.5 s at most',
  schema: oneOf(
    ['public'],
    'must not have a schema other than public: have it chosen by ALTER ROLE <role> IN DATABASE <database> SET search_path = <schema>',
  ),
  pgbouncer: oneOf(['true', 'false'], 'must have pgbouncer=true or none: PgBouncer is noticed as it is'),
};

const connectionLimit = 'must not have a connection_limit: set DATABASE_POOL_MAX';

const databaseWords: Judge = (url) => {
  const params = paramsOf(url);
  const unknown = [...params.keys()].filter((name) => !Object.hasOwn(DATABASE_PARAMETERS, name));
  if (unknown.includes('connection_limit')) return connectionLimit;
  if (unknown.length > 0)
    return `must not have parameters other than ${Object.keys(DATABASE_PARAMETERS).join(', ')}${named(unknown)}`;
  for (const [name, value] of params) {
    const problem = DATABASE_PARAMETERS[name]?.(value, params) ?? null;
    if (problem !== null) return problem;
    if (params.getAll(name).length > 1) return `must not have the parameter ${name} twice`;
  }
  return null;
};

/** Names what was not understood, if it looks like a parameter's name: it could be a part of a password. */
const named = (names: readonly string[]): string => {
  const plain = names.filter((name) => /^[a-z_]{2,40}$/i.test(name));
  return plain.length === 0 ? '' : `; it has ${plain.join(', ')}`;
};

/** Reads a URL of PostgreSQL. pg takes one host, and would look up a list of them as if it were a name. */
export const databaseUrl = printable.pipe(judged(namesSeveralHosts, isPostgresUrl, databaseWords));

/**
 * Adds the sslmode of the environment to a URL that says nothing of it, as libpq does. PGSSLMODE would mean
 * something else to pg.
 */
export function withSslMode(url: string, mode: string | undefined): string {
  const params = paramsOf(url);
  if (!mode || params.has('sslmode') || params.has('ssl')) return url;
  return `${url}${url.includes('?') ? '&' : '?'}sslmode=${encodeURIComponent(mode)}`;
}

/** Returns the number of the database that a URL of Redis names, in its path or as `db`; null if none. */
function redisDatabase(url: URL): number | null {
  const inPath = url.pathname.replace(/^\//, '');
  const inQuery = url.searchParams.get('db');
  if (inPath !== '' && inQuery !== null && inPath !== inQuery) return null;
  const text = inPath || (inQuery ?? '0');
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}

/** Splits at commas between URLs: a password may hold one, too. */
const redisParts = (text: string): string[] => text.split(/,(?=\s*[a-z]+:\/\/)/i).map((url) => url.trim());

const REDIS_URLS =
  'must be one or several URLs, separated by commas, that begin with redis:// or rediss://, or redis+sentinel://host:port,host:port/name';

const SENTINEL_URL =
  'must name sentinels, and what they call the primary, as redis+sentinel://host:port,host:port/name, with /3 behind it for database 3';

const SENTINEL_PARAMETERS = ['db', 'sentinel_username', 'sentinel_password'];

/** Judges `redis+sentinel://user:password@host:port,host:port/name/3?sentinel_password=…`. */
const sentinelWords: Judge = (text) => {
  const [, hosts, query = ''] =
    /^rediss?\+sentinel:\/\/(?:[^@/]*@)?([^/?#@]+)\/[^/?#]+(?:\/\d{1,5})?(\?[^#]*)?$/i.exec(text) ?? [];
  if (hosts === undefined || !hosts.split(',').every((host) => parseUrl(`redis://${host.trim()}`, ['redis:'])?.hostname)) {
    return SENTINEL_URL;
  }
  const params = new URLSearchParams(query);
  const unknown = [...params.keys()].filter((name) => !SENTINEL_PARAMETERS.includes(name));
  if (unknown.length > 0) return `must not have parameters other than ${SENTINEL_PARAMETERS.join(', ')}${named(unknown)}`;
  if (params.size > new Set(params.keys()).size) return SENTINEL_URL;
  const db = params.get('db');
  return db === null || (/^\d{1,5}$/.test(db) && !/\/\d{1,5}\?/.test(text)) ? null : SENTINEL_URL;
};

const redisWords: Judge = (text) => {
  if (/^\s*rediss?\+sentinel:/i.test(text)) return sentinelWords(text.trim());
  const databases = new Set<number>();
  for (const part of redisParts(text)) {
    const url = parseUrl(part, ['redis:', 'rediss:']);
    if (!url?.hostname || url.hostname.includes(',')) return REDIS_URLS;
    const unknown = [...url.searchParams.keys()].filter((name) => name !== 'db');
    if (unknown.length > 0) return `must not have parameters other than db${named(unknown)}`;
    const database = redisDatabase(url);
    if (database === null) return 'must name a database by one number, as in redis://host:6379/3 or redis://host:6379?db=3';
    databases.add(database);
  }
  return databases.size > 1 ? 'must name the same database in each of its URLs' : null;
};

/** Reads one URL of Redis, or several, separated by commas. */
export const redisUrls = printable.pipe(judged(redisWords)).transform((text) => redisParts(text).join(','));
