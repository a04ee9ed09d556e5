import { inTurns } from '../../lib/cooperative-loop.js';
import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { hasLength, isCleanText, parseLabel } from '../domain/text.js';
import type { RefusedEntry } from '../ports/stores/push-store.js';

export const parseRecipient = (field: string, name: string): string => parseLabel(field, name, LIMITS.recipientChars);

interface ParsedRecipients {
  /** Distinct names, accepted or refused, in the order of their first positions. */
  names: string[];
  accepted: Array<{ index: number; recipient: string }>;
  refused: RefusedEntry[];
}

function refusal(name: string): string | null {
  if (!isCleanText(name)) return 'a recipient must be well-formed Unicode without U+0000';
  if (!hasLength(name, LIMITS.recipientChars)) return `a recipient must have 1 to ${LIMITS.recipientChars} characters`;
  return null;
}

/** Parses this many names in one turn of the event loop. */
const NAMES_PER_PART = 1_000;

/** Collapses repeated names to their first position. A malformed name refuses its own entry, not the call. */
export async function parseRecipients(given: readonly string[]): Promise<ParsedRecipients> {
  const names = new Set<string>();
  const accepted: ParsedRecipients['accepted'] = [];
  const refused: RefusedEntry[] = [];
  await inTurns(given, NAMES_PER_PART, (part, from) => {
    for (const [i, recipient] of part.entries()) {
      if (names.has(recipient)) continue;
      names.add(recipient);
      const message = refusal(recipient);
      if (message === null) accepted.push({ index: from + i, recipient });
      else refused.push({ index: from + i, error: { code: 'BAD_USER_INPUT', message } });
    }
  });
  return { names: [...names], accepted, refused };
}

/** @param count number of names before repeated ones collapse */
export function requireRecipientCount(field: string, count: number): void {
  if (count < 1 || count > LIMITS.recipientsPerPush) {
    throw badInput(field, `${field} must name 1 to ${LIMITS.recipientsPerPush} recipients`);
  }
}
