import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { JsonInParts, type NextTurn, parseJsonInTurns } from '../../lib/json/json-in-turns.js';

/** Longest body of a request. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Reads and drops longer bodies up to here: many clients read no answer before they have sent everything. */
const MAX_DROPPED_BYTES = 4 * MAX_BODY_BYTES;

/** Error of a request that is answered with an HTTP status. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

const tooLong = () => new RequestRefused(413, `the body must be at most ${MAX_BODY_BYTES} bytes`);

/** Longer bodies are parsed as they come, in bytes. */
const LONG_BYTES = 1024 * 1024;

const brokeOff = () => new RequestRefused(400, 'the body broke off');

/**
 * Reads a body, or what has come of a long one. It reads by events: iterating over the stream costs more than everything
 * else about a small body.
 */
function readBytes(stream: Readable): Promise<Buffer | Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= LONG_BYTES) return;
      stream.pause().off('data', take);
      resolve(chunks);
    };
    stream.on('data', take);
    stream.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)));
    // The client went away, which is not a fault of the service.
    const breakOff = () => reject(brokeOff());
    stream.on('error', breakOff);
    stream.on('close', () => {
      if (!stream.readableEnded) breakOff();
    });
    // It may have gone while it waited for room.
    if (stream.destroyed) breakOff();
  });
}

/** Parses a long body as it comes: what has come already, and the rest. What is refused is read to its end. */
async function parseParts(first: readonly Buffer[], stream: Readable, nextTurn: NextTurn): Promise<unknown> {
  const json = new JsonInParts(nextTurn);
  let bytes = 0;
  let refused: RequestRefused | null = null;
  for await (const part of partsOf(first, stream)) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) refused = tooLong();
    if (refused === null) refused = await json.add(part).then(nothing, refusalOf);
    if (bytes > MAX_DROPPED_BYTES) stream.destroy();
    if (stream.destroyed && refused) break;
  }
  if (refused) throw refused;
  return json.end().catch(refuse);
}

const nothing = () => null;

async function* partsOf(first: readonly Buffer[], stream: Readable): AsyncGenerator<Buffer> {
  yield* first;
  try {
    yield* stream.iterator({ destroyOnReturn: false });
  } catch {
    throw brokeOff();
  }
}

/** RFC 8259, section 8.1: JSON is UTF-8. Other bytes would not come back as they were sent. */
function parseJson(bytes: Buffer, nextTurn: NextTurn): unknown {
  if (!isUtf8(bytes)) return refuse(new TypeError());
  try {
    const value = parseJsonInTurns(bytes.toString('utf8'), nextTurn);
    return value instanceof Promise ? value.catch(refuse) : value;
  } catch (error) {
    return refuse(error);
  }
}

const refusalOf = (error: unknown) =>
  new RequestRefused(400, error instanceof TypeError ? 'the body must be UTF-8' : 'the body must be JSON');

function refuse(error: unknown): never {
  throw refusalOf(error);
}

interface BodyHeaders {
  'content-type'?: string | undefined;
  'content-encoding'?: string | undefined;
}

/**
 * @param nextTurn resolves in a turn of the event loop to come, in which a longer body is parsed on
 * @throws RequestRefused
 */
export async function readJsonBody(headers: BodyHeaders, stream: Readable, nextTurn: NextTurn = setImmediate): Promise<unknown> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new RequestRefused(415, 'the body must be UTF-8');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new RequestRefused(415, 'compressed bodies are not accepted');
  const read = await readBytes(stream);
  return Array.isArray(read) ? parseParts(read, stream, nextTurn) : parseJson(read, nextTurn);
}
