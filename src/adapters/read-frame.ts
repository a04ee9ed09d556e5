import { isJsonObject, isTooDeep, type JsonObject, MAX_JSON_DEPTH } from '../core/domain/live/json.js';
import { MalformedFrame, type RequestTag } from '../core/domain/live/protocol-translator.js';
import { parseExactJson } from '../lib/json/exact-json.js';

/**
 * Reads a frame; null if it is no JSON object.
 * @throws MalformedFrame
 */
export function readObject(text: string): JsonObject | null {
  const frame = parse(text);
  if (!isJsonObject(frame)) return null;
  checkDepth(frame);
  return frame;
}

/** @throws MalformedFrame */
export function checkDepth(frame: JsonObject): void {
  // Event data lies two levels deep in a frame.
  if (isTooDeep(frame, MAX_JSON_DEPTH + 2)) throw new MalformedFrame('a frame must not be nested so deeply');
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return null;
  }
}

/**
 * Returns a field that must be a text and not empty.
 * @throws MalformedFrame
 */
export function requireText(frame: JsonObject, name: string, tag: RequestTag = {}): string {
  const value = frame[name];
  if (typeof value !== 'string' || value === '') throw new MalformedFrame(`${name} must be a text`, tag);
  return value;
}

/** Tells whether a value is a number that comes out again as it came in. */
export const isNumber = (value: unknown): value is number => Number.isFinite(value);
