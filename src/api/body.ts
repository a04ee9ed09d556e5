import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

/** Of a request's body. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** What is too long is read and dropped up to here, since many clients read no answer before they have sent all. */
const MAX_DROPPED_BYTES = 4 * MAX_BODY_BYTES;

/** A request that is answered with a status of HTTP. */
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

async function readBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_DROPPED_BYTES) break;
      if (bytes > MAX_BODY_BYTES) chunks.length = 0;
      else chunks.push(chunk);
    }
  } catch {
    // The client went away, which is no fault of ours.
    throw new RequestRefused(400, 'the body broke off');
  }
  if (bytes > MAX_BODY_BYTES) throw tooLong();
  return Buffer.concat(chunks, bytes);
}

/** RFC 8259 section 8.1: JSON is UTF-8. Bytes that are not would come back as others than were sent. */
function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new RequestRefused(400, 'the body must be UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new RequestRefused(400, 'the body must be JSON');
  }
}

export interface BodyHeaders {
  'content-type'?: string | undefined;
  'content-encoding'?: string | undefined;
}

/** @throws RequestRefused */
export async function readJsonBody(headers: BodyHeaders, stream: Readable): Promise<unknown> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new RequestRefused(415, 'the body must be UTF-8');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new RequestRefused(415, 'compressed bodies are not accepted');
  return parseJson(await readBytes(stream));
}
