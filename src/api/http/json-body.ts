import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parseJsonInTurns } from '../../lib/json-in-turns.js';

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

/** Reads by events: iterating over the stream costs more than everything else about a small body. */
function readBytes(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (bytes <= MAX_DROPPED_BYTES) return;
      reject(tooLong());
      stream.destroy();
    });
    stream.on('end', () => {
      if (bytes > MAX_BODY_BYTES) reject(tooLong());
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes));
    });
    // The client went away, which is not a fault of the service.
    const brokeOff = () => reject(new RequestRefused(400, 'the body broke off'));
    stream.on('error', brokeOff);
    stream.on('close', () => {
      if (!stream.readableEnded) brokeOff();
    });
    // It may have gone while it waited for room.
    if (stream.destroyed) brokeOff();
  });
}

/** RFC 8259, section 8.1: JSON is UTF-8. Other bytes would not come back as they were sent. */
function parseJson(bytes: Buffer, nextTurn: () => Promise<unknown>): unknown {
  if (!isUtf8(bytes)) throw new RequestRefused(400, 'the body must be UTF-8');
  try {
    const value = parseJsonInTurns(bytes.toString('utf8'), nextTurn);
    return value instanceof Promise ? value.catch(refuseText) : value;
  } catch {
    return refuseText();
  }
}

function refuseText(): never {
  throw new RequestRefused(400, 'the body must be JSON');
}

interface BodyHeaders {
  'content-type'?: string | undefined;
  'content-encoding'?: string | undefined;
}

/**
 * @param nextTurn resolves in a turn of the event loop to come, in which a longer body is parsed on
 * @throws RequestRefused
 */
export async function readJsonBody(
  headers: BodyHeaders,
  stream: Readable,
  nextTurn: () => Promise<unknown> = setImmediate,
): Promise<unknown> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new RequestRefused(415, 'the body must be UTF-8');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new RequestRefused(415, 'compressed bodies are not accepted');
  return parseJson(await readBytes(stream), nextTurn);
}
