import { isJsonObject, type JsonObject } from '../core/domain/live/json.js';
import { MalformedFrame, type RequestTag, readJsonFrame } from '../core/domain/live/protocol-translator.js';

/**
 * Reads a frame that must be a JSON object.
 * @throws MalformedFrame
 */
export function readObject(text: string): JsonObject {
  const frame = readJsonFrame(text);
  if (!isJsonObject(frame)) throw new MalformedFrame('a frame must be a JSON object');
  return frame;
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
