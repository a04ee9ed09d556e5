import { badInput } from '../errors.js';
import { isCleanText } from '../text.js';

const MAX_SEGMENTS = 16;
const MAX_PATH_BYTES = 512;

/** Matches exactly one segment. */
export const ANY = '*';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function segmentsOf(text: string, isSegment: (segment: string) => boolean): string[] | null {
  // A UTF-16 unit takes at least one byte, so a longer text is refused before it is scanned.
  if (text.length > MAX_PATH_BYTES || !isCleanText(text) || CONTROL.test(text)) return null;
  if (Buffer.byteLength(text) > MAX_PATH_BYTES) return null;
  const segments = text.split(':');
  return segments.length <= MAX_SEGMENTS && segments.every(isSegment) ? segments : null;
}

const isName = (segment: string) => segment !== '' && !segment.includes(ANY);

/** Returns the segments of a live topic; null if the text is not one. */
export const parseTopic = (text: string): string[] | null => segmentsOf(text, isName);

/** @throws TidingsError BAD_USER_INPUT if the text is not a live topic */
export function requireTopic(field: string, text: string): string {
  if (parseTopic(text) === null)
    throw badInput(field, `${field} must be a live topic: 1 to 16 segments joined by ':', without '*'`);
  return text;
}

/** Returns the segments of a pattern; null if the text is not one. */
export const parsePattern = (text: string): string[] | null => segmentsOf(text, (segment) => segment === ANY || isName(segment));

/** Most patterns of each kind that a token may carry. */
const MAX_GRANTS = 32;

/**
 * Parses the patterns that a token grants.
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseGrants(field: string, patterns: readonly string[] | null | undefined): string[] {
  if (patterns == null) return [];
  if (patterns.length > MAX_GRANTS) throw badInput(field, `${field} may have ${MAX_GRANTS} patterns`);
  for (const [i, pattern] of patterns.entries()) {
    if (parsePattern(pattern) === null) throw badInput(`${field}[${i}]`, `${field}[${i}] must be a pattern of live topics`);
  }
  return [...new Set(patterns)];
}

/** Tells whether a topic begins with what the pattern asks for. Both are given as segments. */
export const matches = (pattern: readonly string[], topic: readonly string[]): boolean =>
  pattern.length <= topic.length && pattern.every((segment, i) => segment === ANY || segment === topic[i]);

/** Tells whether the grant matches everything that the pattern (or live topic) can match. */
export const covers = (grant: readonly string[], pattern: readonly string[]): boolean => matches(grant, pattern);

export const coveredBy = (grants: readonly (readonly string[])[], pattern: readonly string[]): boolean =>
  grants.some((grant) => covers(grant, pattern));

/**
 * Lowers the case of the first segment, which names an entity or a type of objects: some protocols' clients
 * write it in any case.
 */
export const foldFirst = (segments: readonly string[]): string[] => segments.map((one, i) => (i === 0 ? one.toLowerCase() : one));

/** Returns the kind of the object that a topic is about; null if the topic has one segment. */
export const kindOf = (segments: readonly string[]): string | null => segments.at(-2) ?? null;

/** Returns the id of the object that a topic is about. */
export const idOf = (segments: readonly string[]): string => segments.at(-1) as string;

/**
 * Part of a tenant's events: those whose topic or parent begins with one segment, in any case, or `*` for
 * all. Nodes receive parts, and the predecessor of an event is that in its part.
 */
export type Part = string;
export const ALL_PARTS: Part = '*';

/** Returns the part that holds everything that the pattern can match. */
export const partOfPattern = (segments: readonly string[]): Part => {
  const first = segments[0] as string;
  return first === ANY ? ALL_PARTS : first.toLowerCase();
};

/** Returns the parts that an event belongs to, without `*`. */
export function partsOfEvent(event: { topic: string; parent: string | null }): Part[] {
  const own = firstSegment(event.topic);
  if (event.parent === null) return [own];
  const parents = firstSegment(event.parent);
  return parents === own ? [own] : [own, parents];
}

function firstSegment(topic: string): Part {
  const end = topic.indexOf(':');
  return (end === -1 ? topic : topic.slice(0, end)).toLowerCase();
}
