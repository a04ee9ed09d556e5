import { isIP } from 'node:net';
import { badInput } from '../../domain/errors.js';
import { requireCleanText } from '../../domain/text.js';
import type { AddressPolicy, Reach } from './address-policy.js';

/** Characters that a URL may have, at most. */
const MAX_LENGTH = 2_048;
const HTTPS_PORT = 443;
/** Ports below belong to other services of a host (RFC 6335, section 6). */
const FIRST_FREE_PORT = 1_024;

/** Says no more than this of an address that is refused: whose it is, is nobody's business. */
export const ADDRESS_NOT_ALLOWED = 'address not allowed';

/** Returns the address that a URL's host is, without brackets; null if it is a name. */
function literalAddress({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? null : bare;
}

/** Tells whether scheme and port are those of any webhook. Others are only for addresses that are listed. */
function isUsual({ protocol, port }: URL): boolean {
  const number = port === '' ? HTTPS_PORT : Number(port);
  return protocol === 'https:' && (number === HTTPS_PORT || number >= FIRST_FREE_PORT);
}

/** Tells whether an address may be reached at a URL. */
export const mayReach = (url: URL, { global, listed }: Reach): boolean => listed || (global && isUsual(url));

/**
 * Parses the URL of a webhook, and judges all that it shows by itself. A name is judged at each attempt, by
 * the address that it leads to.
 *
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseWebhookUrl(field: string, text: string, policy: AddressPolicy): string {
  const url = readUrl(field, text);
  const address = literalAddress(url);
  const reach = address === null ? { global: true, listed: policy.listsSome } : policy.judge(address);
  if (!reach.listed) requireUsual(field, url);
  if (!mayReach(url, reach)) throw badInput(field, ADDRESS_NOT_ALLOWED);
  return text;
}

function readUrl(field: string, text: string): URL {
  // `URL` would repair blanks, line ends and backslashes silently.
  if (/[\s\p{Cc}\\]/u.test(requireCleanText(field, text)) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    throw badInput(field, `${field} must be a URL such as https://example.org/webhooks`);
  }
  if (text.length > MAX_LENGTH) throw badInput(field, `${field} has at most ${MAX_LENGTH} characters`);
  if (/^[^/]+\/\/[^/?#]*@/.test(text)) throw badInput(field, `${field} must not contain credentials`);
  return new URL(text);
}

function requireUsual(field: string, url: URL): void {
  if (url.protocol !== 'https:')
    throw badInput(field, `${field} must begin with https://, but for addresses in the operator's WEBHOOK_ALLOW`);
  if (!isUsual(url)) throw badInput(field, `${field} must have port 443 or one from ${FIRST_FREE_PORT} to 65535`);
}
