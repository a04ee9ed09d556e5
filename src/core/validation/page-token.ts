import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

/** Query that a page belongs to. A token is valid for the same tenant, query and filter only. */
export interface PageScope {
  tenantId: string;
  query: 'messages' | 'globalMessages' | 'auditLog' | 'activity' | 'webhookAttempts';
  /**
   * The parsed filter. Its JSON is hashed, so a key that is added must be undefined, not null, when it is not
   * given: then JSON leaves it out, and tokens made before the key was added remain valid.
   */
  filter: object;
}

/** Makes and opens tokens that say where the next page begins. Only this service can make them. */
export interface PageTokens {
  /** @param after id of the last examined row */
  seal(scope: PageScope, after: string): string;
  /**
   * @returns the id after which the page begins
   * @throws TidingsError BAD_USER_INPUT
   */
  open(field: string, scope: PageScope, token: string): string;
}

const VERSION = 1;
const ID_BYTES = 16;
const MAC_BYTES = 16;

const idBytes = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex');
const idText = (bytes: Buffer) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

function seal(key: Buffer, scope: PageScope, id: Buffer): Buffer {
  const filter = createHash('sha256').update(JSON.stringify(scope.filter)).digest();
  const mac = createHmac('sha256', key).update(`${VERSION}:${scope.tenantId}:${scope.query}:`).update(filter).update(id);
  // Version, id and MAC are 33 bytes: 44 characters of base64 without spare bits, so a token has one spelling
  // only.
  return Buffer.concat([Buffer.of(VERSION), id, mac.digest().subarray(0, MAC_BYTES)]);
}

/** @param secrets secrets of the recipient tokens: the first seals, all open */
export function createPageTokens(secrets: readonly string[]): PageTokens {
  const derive = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'tidings page token', 32));
  const keys = secrets.map(derive);
  const [first] = keys;
  if (!first) throw new Error('a token secret is needed');
  return {
    seal: (scope, after) => seal(first, scope, idBytes(after)).toString('base64url'),
    open(field, scope, token) {
      const bytes = Buffer.from(requireCleanText(field, token), 'base64url');
      const id = bytes.subarray(1, 1 + ID_BYTES);
      const canonical = bytes.length === 1 + ID_BYTES + MAC_BYTES && bytes.toString('base64url') === token;
      if (canonical && keys.some((key) => timingSafeEqual(seal(key, scope, id), bytes))) return idText(id);
      throw badInput(field, `${field} is not one that was answered for this query with this filter`);
    },
  };
}
