import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { unavailable } from '../core/domain/errors.js';
import type { SecretBox } from '../core/ports/webhooks/secret-box.js';

const VERSION = 1;
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** NIST SP 800-38D, section 8.2.2: random, and a key encrypts far fewer than 2^32 secrets. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/**
 * Encrypts by AES-256-GCM, with keys that HKDF derives (RFC 5869).
 * @param secrets the first encrypts, all decrypt; none: nothing can be encrypted
 */
export function createSecretBox(secrets: readonly string[]): SecretBox {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'tidings webhook secrets', KEY_BYTES)));
  return {
    seal(secret, purpose) {
      const [key] = keys;
      if (key === undefined) throw unavailable('webhooks need SECRETS_KEY, which the operator of this service has not set');
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed, purpose) {
      for (const key of keys) {
        const opened = sealed[0] === VERSION && sealed.length > HEAD_BYTES ? decrypt(key, sealed, purpose) : null;
        if (opened !== null) return opened;
      }
      throw unavailable('no key in SECRETS_KEY, which the operator of this service sets, decrypts the secret of this webhook');
    },
  };
}

function decrypt(key: Buffer, sealed: Buffer, purpose: string): string | null {
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(purpose));
  decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
