import { STATUS_CODES } from 'node:http';
import { REQUEST_ID_HEADER, requestIdOf } from '../../lib/http/request-id.js';
import type { Refusal } from '../admission/refusal.js';
import type { UpgradeRequest } from './websocket-upgrader.js';

/**
 * Spreads the times at which clients come back over this many seconds, so that those refused together come
 * back apart.
 */
const RETRY_SPREAD_S = 5;
/** Sends clients away for at least so long, in seconds. Connections of others rarely end within a second. */
const FIRST_RETRY_S: Partial<Record<Refusal['status'], number>> = { 429: 3, 503: 1 };

/**
 * Returns the seconds after which a refused client is to come back; null if it need not.
 * @param random 0 up to, not including, 1
 */
function retryAfterS({ status }: Refusal, random: () => number): number | null {
  const first = FIRST_RETRY_S[status];
  return first === undefined ? null : first + Math.floor(random() * RETRY_SPREAD_S);
}

/**
 * Returns the headers that a refusal needs.
 * @param random 0 up to, not including, 1
 */
export function refusalHeaders(refusal: Refusal, random: () => number): Record<string, string> {
  const { status } = refusal;
  const seconds = retryAfterS(refusal, random);
  if (seconds !== null) return { 'Retry-After': String(seconds) };
  // RFC 9110: section 15.5.22 for 426, section 11.6.1 for 401.
  if (status === 426) return { Upgrade: 'websocket', Connection: 'Upgrade, close' };
  return status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
}

/**
 * Returns the reason of a close: the refusal's code, and after how many seconds to come back.
 * @param random 0 up to, not including, 1
 */
export function closeReason(refusal: Refusal, random: () => number): string {
  const seconds = retryAfterS(refusal, random);
  return seconds === null ? refusal.code : `${refusal.code}: come back after ${seconds} s`;
}

/** Says to a human who opens the port with a browser what it is for. */
const NO_UPGRADE = `Upgrade Required

This is a delivery port of Tidings. It speaks WebSocket: a page opens new WebSocket(connectionUri), where
connectionUri is what registerRecipient of the API has answered. The API, its console and GraphiQL are on
another port; /healthz and /readyz here say how this node is.
`;

/** Returns the text of a refusal that is answered by HTTP. */
export const refusalBody = ({ code, status }: Refusal): string =>
  code === 'no-upgrade' ? NO_UPGRADE : (STATUS_CODES[status] ?? '');

/** Writes a refusal to a stream that Node has handed over, and ends the stream. */
export function respondRefused({ request, tcp }: UpgradeRequest, refusal: Refusal, random: () => number): void {
  const body = STATUS_CODES[refusal.status] ?? '';
  const headers = {
    Connection: 'close',
    'Content-Type': 'text/plain',
    'Content-Length': body.length,
    'X-Content-Type-Options': 'nosniff',
    [REQUEST_ID_HEADER]: requestIdOf(request),
    ...refusalHeaders(refusal, random),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  tcp.once('finish', () => tcp.destroy());
  tcp.end(`HTTP/1.1 ${refusal.status} ${body}\r\n${lines.join('')}\r\n${body}`);
}
