import ipaddr from 'ipaddr.js';
import * as z from 'zod';

const DURATION_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_BYTES: Record<string, number> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

type Parse<T> = (text: string) => T | null;

/** Makes a parser for text that refuses what it does not understand with these words. */
const understood = <T>(parse: Parse<T>, problem: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

const within = (value: number, min: number, max: number) => (value >= min && value <= max ? value : null);

export function parseDuration(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(text) ?? [];
  if (text === '0') return 0;
  return number !== undefined && unit !== undefined ? Math.round(Number(number) * (DURATION_MS[unit] ?? 0)) : null;
}

function parseSize(text: string): number | null {
  const [, number, unit] = /^(\d+) ?(B|KiB|MiB|GiB|)$/.exec(text) ?? [];
  return number !== undefined && unit !== undefined ? Number(number) * (SIZE_BYTES[unit] ?? 0) : null;
}

const parseWhole = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : null);

/** Reads milliseconds from `500ms`, `20s`, `5m`, `24h` or `30d`. The bounds are written in the same way. */
export function duration(min: string, max: string) {
  const [least, most] = [parseDuration(min) ?? 0, parseDuration(max) ?? 0];
  const parse: Parse<number> = (text) => {
    const ms = parseDuration(text);
    return ms === null ? null : within(ms, least, most);
  };
  return understood(parse, `must be a duration such as 20s, 500ms or 30d, from ${min} to ${max}`);
}

/** Reads bytes from `1MiB`, `64KiB` or `4096`. */
export function size(min: string, max: string) {
  const [least, most] = [parseSize(min) ?? 0, parseSize(max) ?? 0];
  const parse: Parse<number> = (text) => {
    const bytes = parseSize(text);
    return bytes === null ? null : within(bytes, least, most);
  };
  return understood(parse, `must be a size such as 1MiB or 65536, from ${min} to ${max}`);
}

export function whole(min: number, max: number) {
  const parse: Parse<number> = (text) => {
    const number = parseWhole(text);
    return number === null ? null : within(number, min, max);
  };
  return understood(parse, `must be a whole number from ${min} to ${max}`);
}

/** Exceeds what anybody can use of anything. */
const MAX_TENANT_LIMIT = 1_000_000_000_000;

export function parseTenantLimit(text: string): number | null {
  const limit = parseWhole(text);
  return limit === null ? null : within(limit, 1, MAX_TENANT_LIMIT);
}

/** Reads a limit of tenants, in its own unit. */
export const tenantLimit = whole(1, MAX_TENANT_LIMIT);

/** Reads a port; 0 picks a free one. */
export const port = whole(0, 65_535);

export const host = understood((text) => {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(bare) || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(bare) ? bare : null;
}, 'must be an address or a host name');

/** Refuses control characters, such as the carriage return of a line end of Windows. */
export const printable = understood(
  (text) => (/[\p{Cc}\ufeff]/u.test(text) ? null : text),
  'must be one line, without control characters such as a carriage return at its end, which would be part of it',
);

export function parseUrl(text: string, protocols: readonly string[]): URL | null {
  try {
    const url = new URL(text);
    return protocols.includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

export const redisPrefix = understood(
  (text) => (/^[A-Za-z0-9_.:-]{1,64}$/.test(text) ? text : null),
  'must be 1 to 64 letters, digits or any of _ . : -',
);

/** Reads a URL of WebSockets, and drops its trailing slash. */
export const publicDeliveryUrl = understood((text) => {
  const url = parseUrl(text, ['ws:', 'wss:']);
  if (!url || [url.search, url.hash, url.username, url.password].some((part) => part !== '')) return null;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}, 'must be a URL that begins with ws:// or wss://, without a query, a fragment or a user');

const SECRET_BYTES = 32;

/** Refuses quotes around a value: no shell has taken them away, so they would be part of it. */
const unquoted = understood(
  (text) => (/^["'`]|["'`]$/.test(text) ? null : text),
  'must not begin or end with a quote, which would be part of it',
);

/** Reads TOKEN_SECRET and SECRETS_KEY, and those that were made in DATA_DIR. */
export const secretList = printable
  .pipe(
    understood((text) => {
      const secrets = text.split(',').map((secret) => secret.trim());
      return secrets.every((secret) => Buffer.byteLength(secret) >= SECRET_BYTES) ? secrets : null;
    }, `must be one or several secrets, separated by commas, of ${SECRET_BYTES} bytes or more each`),
  )
  .pipe(z.array(unquoted));

/** Reads an API key, which has to fit into a header. */
export const apiKey = understood(
  (text) => (/^[\x21-\x7e]{8,512}$/.test(text) ? text : null),
  'must be 8 to 512 visible ASCII characters',
).pipe(unquoted);

/** Reads where an API node, or the proxy before them, is asked. */
export const apiAddress = understood(
  (text) => (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : null),
  'must be an address such as http://127.0.0.1:4000',
);

/** Reads ranges in CIDR notation; a bare address is a range of one. */
export const addressRanges = understood((text) => {
  const ranges = text.split(/[\s,]+/).filter((range) => range !== '');
  return ranges.every((range) => ipaddr.isValid(range) || ipaddr.isValidCIDR(range)) ? ranges : null;
}, 'must be addresses or ranges such as 10.0.0.0/8, separated by commas');

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
  error: 'must be one of trace, debug, info, warn, error, fatal, silent',
});

export const trueOrFalse = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');
