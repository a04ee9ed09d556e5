import { JsonPieces } from '../../lib/json/json-pieces.js';

/** Keeps proxies and clients from thinking that nobody is there any more. */
export const COMMENT = ':\n\n';

/** Says that no result follows. `data:` is empty, not absent: an EventSource would not pass the event on. */
export const COMPLETE = 'event: complete\ndata:\n\n';

/**
 * Makes the event of one result: "distinct connections mode" of the GraphQL over Server-Sent Events protocol,
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.
 *
 * @param json without line breaks, as JSON.stringify makes it
 * @param id position that the client names by Last-Event-ID when it comes back
 */
export const nextFrame = (json: string, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: next\ndata: ${json}\n\n`;

/** Makes the whole answer of an operation that has one result. */
export const wholeAnswer = (json: string): string => nextFrame(json) + COMPLETE;

/** Makes it of a long one, which is in pieces. */
export function wholeLongAnswer(json: JsonPieces): JsonPieces {
  const frame = new JsonPieces();
  frame.add('event: next\ndata: ');
  frame.append(json);
  frame.add(`\n\n${COMPLETE}`);
  return frame;
}

export const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-store, no-transform',
  // nginx and proxies that took over its header would gather events until a buffer is full.
  'x-accel-buffering': 'no',
} as const;
