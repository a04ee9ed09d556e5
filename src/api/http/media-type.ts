export const JSON_TYPE = 'application/json';
const GRAPHQL_RESPONSE_TYPE = 'application/graphql-response+json';
/** Media type of Server-Sent Events. */
export const EVENT_STREAM_TYPE = 'text/event-stream';
export type MediaType = typeof JSON_TYPE | typeof GRAPHQL_RESPONSE_TYPE | typeof EVENT_STREAM_TYPE;

// JSON comes first: GraphQL over HTTP asks for it where the client has no preference.
const OFFERED: readonly MediaType[] = [JSON_TYPE, GRAPHQL_RESPONSE_TYPE, EVENT_STREAM_TYPE];

interface Range {
  type: string;
  quality: number;
  position: number;
}

// RFC 9110, section 12.5.1. Parameters other than q are ignored.
function readAccept(header: string): Range[] {
  return header.split(',').map((part, position) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0, position };
  });
}

/** The most specific range that covers a type decides about it. */
function rate(offered: MediaType, ranges: readonly Range[]) {
  // A stream of events is for clients that name it.
  const covering = offered === EVENT_STREAM_TYPE ? [offered] : [offered, 'application/*', '*/*'];
  for (const [rank, type] of covering.entries()) {
    const range = ranges.find((candidate) => candidate.type === type);
    if (range) return { offered, quality: range.quality, rank, position: range.position };
  }
  return { offered, quality: 0, rank: 3, position: 0 };
}

/**
 * Negotiates the media type of the answer; null if the client accepts none that GraphQL has. Events are the
 * answer to POST alone: an EventSource, which asks by GET, cannot send the key.
 */
export function negotiateMediaType(accept: string | undefined, method: string | undefined): MediaType | null {
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return JSON_TYPE;
  const ranges = readAccept(accept);
  const [best] = OFFERED.filter((type) => type !== EVENT_STREAM_TYPE || method === 'POST')
    .map((type) => rate(type, ranges))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.rank - b.rank || a.position - b.position);
  return best?.offered ?? null;
}

/** Tells whether a person's browser asks, and not a client of the API. */
export function prefersPage(accept: string | undefined): boolean {
  if (!accept?.includes('html')) return false;
  const types = readAccept(accept).flatMap(({ type, quality }) => (quality > 0 ? [type] : []));
  return types.includes('text/html') && !OFFERED.some((type) => types.includes(type));
}
