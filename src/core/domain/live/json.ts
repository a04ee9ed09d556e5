import { isRecord } from '../../../lib/is-record.js';
import { isCleanText } from '../text.js';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [attribute: string]: Json };

/** Deepest nesting, in levels: recursive walks of a value must not run out of stack. */
export const MAX_JSON_DEPTH = 64;

export const isJsonObject = (value: unknown): value is JsonObject => isRecord(value) && !Array.isArray(value);

/**
 * Writes a value so that two values are equal as JSON if and only if their texts are. Attributes are sorted;
 * `1`, `1.0` and `1e0` are one number, and so are `0` and `-0`.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isJsonObject(value)) {
    const attributes = Object.keys(value).sort();
    return `{${attributes.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] as Json)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

export const jsonEqual = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b);

/** Must be asked before anything else walks the value. */
export const isTooDeep = (value: unknown, levels: number): boolean =>
  isRecord(value) && (levels === 0 || Object.values(value).some((item) => isTooDeep(item, levels - 1)));

/** Longest value that is looked at whole, in characters: as long as an event may be. */
const MAX_JSON_CHARS = 64 * 1024;

/** Counts the characters that a value's JSON may still have. */
interface Room {
  left: number;
}

/** Says why a value cannot be event data or part of a filter; null if it can. What is too long is not read to its end. */
export const jsonProblem = (value: unknown): string | null => problemOf(value, 0, { left: MAX_JSON_CHARS });

function problemOf(value: unknown, depth: number, room: Room): string | null {
  if (depth > MAX_JSON_DEPTH) return `is nested deeper than ${MAX_JSON_DEPTH} levels`;
  room.left -= typeof value === 'string' ? value.length + 2 : 1;
  if (room.left < 0) return `has more than ${MAX_JSON_CHARS} bytes as JSON`;
  switch (typeof value) {
    case 'string':
      return isCleanText(value) ? null : 'has a string with U+0000 or a lone surrogate';
    case 'number':
      return Number.isFinite(value) ? null : 'has a number that would be changed: integers beyond 2^53 go as strings';
    case 'boolean':
      return null;
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? itemProblem(value, depth + 1, room) : attributeProblem(value, depth + 1, room);
    default:
      return 'is no JSON';
  }
}

function itemProblem(items: readonly unknown[], depth: number, room: Room): string | null {
  for (const item of items) {
    const problem = problemOf(item, depth, room);
    if (problem) return problem;
  }
  return null;
}

function attributeProblem(object: object, depth: number, room: Room): string | null {
  for (const [name, item] of Object.entries(object)) {
    room.left -= name.length;
    if (!isCleanText(name)) return 'has an attribute whose name has U+0000 or a lone surrogate';
    const problem = problemOf(item, depth, room);
    if (problem) return problem;
  }
  return null;
}
