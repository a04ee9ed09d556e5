import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';

/**
 * Requires that a message's text has 1 byte to 64 KiB of UTF-8, and returns its bytes.
 * @throws TidingsError BAD_USER_INPUT
 */
export function requireMessageSize(field: string, text: string): number {
  const bytes = Buffer.byteLength(text);
  if (bytes < 1 || bytes > LIMITS.messageBytes)
    throw badInput(field, `${field} must have 1 to ${LIMITS.messageBytes} bytes of UTF-8`);
  return bytes;
}
