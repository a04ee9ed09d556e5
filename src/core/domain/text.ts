import { badInput } from './errors.js';

/** Tells whether a text can be stored and comes back byte for byte: no lone surrogates, no U+0000. */
export const isCleanText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** @throws TidingsError BAD_USER_INPUT */
export function requireCleanText(field: string, text: string): string {
  if (!isCleanText(text)) throw badInput(field, `${field} must be well-formed Unicode without U+0000`);
  return text;
}

/** Tells whether a text has 1 to `max` code points. It has at least half as many as UTF-16 units. */
export function hasLength(text: string, max: number): boolean {
  if (text.length === 0 || text.length > 2 * max) return false;
  if (text.length <= max) return true;
  let characters = 0;
  for (const _ of text) characters++;
  return characters <= max;
}

/**
 * Parses a name or label: clean, and 1 to `max` characters.
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseLabel(field: string, text: string, max: number): string {
  requireCleanText(field, text);
  if (!hasLength(text, max)) throw badInput(field, `${field} must have 1 to ${max} characters`);
  return text;
}

/** Parses a label that may be null or absent. */
export const parseOptionalLabel = (field: string, text: string | null | undefined, max: number): string | null =>
  text === null || text === undefined ? null : parseLabel(field, text, max);
