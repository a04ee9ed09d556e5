import { badInput } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { RefusedEntry } from '../message-store.js';
import { hasLength, isCleanText, parseLabel } from './text.js';

export const parseRecipient = (field: string, name: string): string => parseLabel(field, name, LIMITS.recipientChars);

export interface ParsedRecipients {
  /** Distinct names, good or not, in the order of their first positions. */
  names: string[];
  accepted: Array<{ index: number; recipient: string }>;
  refused: RefusedEntry[];
}

function refusal(name: string): string | null {
  if (!isCleanText(name)) return 'a recipient must be well-formed Unicode without U+0000';
  if (!hasLength(name, LIMITS.recipientChars)) return `a recipient must have 1 to ${LIMITS.recipientChars} characters`;
  return null;
}

/** Collapses repeated names to their first position. A bad name refuses its own entry, not the call. */
export function parseRecipients(given: readonly string[]): ParsedRecipients {
  const firstPositions = new Map<string, number>();
  for (const [index, name] of given.entries()) if (!firstPositions.has(name)) firstPositions.set(name, index);

  const parsed: ParsedRecipients = { names: [...firstPositions.keys()], accepted: [], refused: [] };
  for (const [recipient, index] of firstPositions) {
    const message = refusal(recipient);
    if (message === null) parsed.accepted.push({ index, recipient });
    else parsed.refused.push({ index, error: { code: 'BAD_USER_INPUT', message } });
  }
  return parsed;
}

/** Counted before repeated names collapse. */
export function requireRecipientCount(field: string, count: number): void {
  if (count < 1 || count > LIMITS.recipientsPerPush) {
    throw badInput(field, `${field} must name 1 to ${LIMITS.recipientsPerPush} recipients`);
  }
}
