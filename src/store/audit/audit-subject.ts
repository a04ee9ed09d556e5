import { createHmac } from 'node:crypto';
import type { AuditSubject } from '../../core/domain/audit.js';
import { LIMITS } from '../../core/domain/limits.js';
import { hasLength, isCleanText } from '../../core/domain/text.js';

/** Shows this many names of a list, and the number of the others. */
const NAMES_SHOWN = 10;
/** Shows this many code points of a name: input that was refused may be anything. */
const NAME_CHARS = 256;
const NEEDS_NO_QUOTES = /^[\w.-]+$/;

/** Computes what stands for a recipient's name. Null for no name, and for one that no recipient can have. */
export function recipientHmac(key: Buffer, { recipient }: AuditSubject): Buffer | null {
  if (recipient === undefined || recipient === null || !isCleanText(recipient)) return null;
  if (!hasLength(recipient, LIMITS.recipientChars)) return null;
  return createHmac('sha256', key).update(recipient).digest();
}

/** Describes what was touched, such as `recipient:5f0c… topic:"to all"`; null if nothing is known of it. */
export function subjectText({ names = {} }: AuditSubject, recipient: Buffer | null): string | null {
  const parts = recipient === null ? [] : [`recipient:${recipient.toString('hex')}`];
  for (const [kind, given] of Object.entries(names)) {
    const text = namesText(typeof given === 'string' ? [given] : (given ?? []));
    if (text !== '') parts.push(`${kind}:${text}`);
  }
  return parts.length === 0 ? null : parts.join(' ');
}

function namesText(given: readonly string[]): string {
  const shown = given.slice(0, NAMES_SHOWN).filter(isCleanText).map(nameText);
  if (given.length > NAMES_SHOWN) shown.push(`+${given.length - NAMES_SHOWN}`);
  return shown.join(',');
}

function nameText(name: string): string {
  const cut =
    hasLength(name, NAME_CHARS) || name === '' ? name : `${[...name.slice(0, 2 * NAME_CHARS)].slice(0, NAME_CHARS).join('')}…`;
  return NEEDS_NO_QUOTES.test(cut) ? cut : JSON.stringify(cut);
}
