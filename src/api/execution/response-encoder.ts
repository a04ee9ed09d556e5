import type { FormattedExecutionResult } from 'graphql';

/** Value of a root field that is JSON already. */
export class EncodedValue {
  constructor(readonly json: string) {}
}

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
