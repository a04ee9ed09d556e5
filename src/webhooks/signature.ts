import { createHmac } from 'node:crypto';
import { SECRET_PREFIX } from '../core/domain/webhook/webhook-secret.js';

/** What Standard Webhooks 1.0.0 signs: id, time and body. */
export interface Signed {
  id: string;
  /** Seconds since 1970. */
  timestamp: number;
  body: string;
}

/**
 * Signs by HMAC-SHA256 (version `v1`). By the system's own, since the library's takes 74 µs for 600 bytes
 * and 10 ms for a full batch, in which nothing else is served; tests hold it to the library.
 */
export function signature(secret: string, { id, timestamp, body }: Signed): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
