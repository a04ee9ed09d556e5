import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../admission/refusal.js';

/**
 * Spreads `Retry-After` over this many seconds from 1 on, so that clients refused together come back apart.
 */
const RETRY_SPREAD_S = 5;

/**
 * Returns the headers that a refusal needs.
 * @param random 0 up to, not including, 1
 */
export function refusalHeaders({ status }: Refusal, random: () => number): Record<string, string> {
  if (status === 503) return { 'Retry-After': String(1 + Math.floor(random() * RETRY_SPREAD_S)) };
  // RFC 9110: section 15.5.22 for 426, section 11.6.1 for 401.
  if (status === 426) return { Upgrade: 'websocket', Connection: 'Upgrade, close' };
  return status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
}

/** Writes a refusal to a stream that Node has handed over, and ends the stream. */
export function respondRefused(tcp: Duplex, refusal: Refusal, random: () => number): void {
  const body = STATUS_CODES[refusal.status] ?? '';
  const headers = {
    Connection: 'close',
    'Content-Type': 'text/plain',
    'Content-Length': body.length,
    'X-Content-Type-Options': 'nosniff',
    ...refusalHeaders(refusal, random),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  tcp.once('finish', () => tcp.destroy());
  tcp.end(`HTTP/1.1 ${refusal.status} ${body}\r\n${lines.join('')}\r\n${body}`);
}
