import { isJsonObject, type JsonObject } from '../core/domain/live/json.js';
import { MalformedFrame, type RequestTag, readJsonFrame } from '../core/domain/live/protocol-translator.js';

/** @throws MalformedFrame */
export function readObject(text: string): JsonObject {
  const frame = readJsonFrame(text);
  if (!isJsonObject(frame)) throw new MalformedFrame('a frame must be a JSON object');
  return frame;
}

/** A text that is not empty. */
export function requireText(frame: JsonObject, name: string, tag: RequestTag = {}): string {
  const value = frame[name];
  if (typeof value !== 'string' || value === '') throw new MalformedFrame(`${name} must be a text`, tag);
  return value;
}
