import type { FormattedExecutionResult } from 'graphql';
import { JsonPieces } from '../../lib/json/json-pieces.js';

/** Value of a root field that is JSON already. */
export class EncodedValue {
  constructor(readonly json: string | JsonPieces) {}
}

/**
 * Encodes a response in which the value of a root field is in pieces; null if none is. Such a response has no errors:
 * graphql-js completes those.
 */
export function encodeInPieces({ data }: FormattedExecutionResult): JsonPieces | null {
  if (!data || !Object.values(data).some(isInPieces)) return null;
  const pieces = new JsonPieces();
  let before = '{"data":{';
  for (const [name, value] of Object.entries(data)) {
    if (isInPieces(value)) {
      pieces.add(`${before}${JSON.stringify(name)}:`);
      pieces.append(value.json);
    } else pieces.add(before + encodeField([name, value]));
    before = ',';
  }
  pieces.add('}}');
  return pieces;
}

const isInPieces = (value: unknown): value is EncodedValue & { json: JsonPieces } =>
  value instanceof EncodedValue && value.json instanceof JsonPieces;

/** Encodes a response as JSON. Root fields that are `EncodedValue`s are copied as they are. */
export function encodeResponse({ errors, data, extensions }: FormattedExecutionResult): string {
  const members: string[] = [];
  if (errors) members.push(`"errors":${JSON.stringify(errors)}`);
  if (data) members.push(`"data":{${Object.entries(data).map(encodeField).join(',')}}`);
  else if (data === null) members.push('"data":null');
  if (extensions) members.push(`"extensions":${JSON.stringify(extensions)}`);
  return `{${members.join(',')}}`;
}

const encodeField = ([name, value]: [string, unknown]): string =>
  `${JSON.stringify(name)}:${value instanceof EncodedValue ? value.json : JSON.stringify(value)}`;
