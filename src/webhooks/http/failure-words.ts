import { errors } from 'undici';
import { AddressNotAllowed } from './guarded-connector.js';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without an answer',
  UND_ERR_SOCKET: 'connection closed without an answer',
  EPIPE: 'connection closed without an answer',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'host unreachable',
  ENOTFOUND: 'name not found',
  ENODATA: 'name not found',
  EAI_AGAIN: 'name servers do not answer',
  ETIMEOUT: 'name servers do not answer',
  ESERVFAIL: 'name servers do not answer',
};

interface Failure {
  code?: string;
  errors?: readonly unknown[];
}

/** Says in words why an attempt got no answer. Nothing of an address is in them. */
export function failureWords(error: unknown): string {
  if (error instanceof AddressNotAllowed) return error.message;
  const { code = '', errors: causes } = error as Failure;
  // Of several addresses the last one's failure is as good as any.
  if (WORDS[code] === undefined && causes !== undefined && causes.length > 0) return failureWords(causes.at(-1));
  if (WORDS[code] !== undefined) return WORDS[code];
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return `certificate or TLS not accepted (${code})`;
  if (error instanceof errors.HTTPParserError) return 'the answer is no HTTP';
  return `request failed${code === '' ? '' : ` (${code})`}`;
}
