import type { Readable } from 'node:stream';

/** Reads this much of an answer, at most. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Keeps this many characters of it. */
const KEPT_CHARACTERS = 256;
/** UTF-8 has at most so many bytes for a character. */
const KEPT_BYTES = 4 * KEPT_CHARACTERS;

const TEXT = /^(text\/|application\/(?:[\w.+-]+\+)?json\b)/i;

/** Tells by the head whether an answer is text that a person can read. */
export const isReadable = (headers: Readonly<Record<string, string | string[] | undefined>>): boolean =>
  TEXT.test(String(headers['content-type'] ?? '')) && [undefined, 'identity'].includes(headers['content-encoding']?.toString());

/**
 * Reads an answer, so that its connection can be used again, and keeps its start. One that is longer than
 * 64 KiB is let go with its connection. An answer that breaks off has the start that came.
 */
export async function readStart(body: Readable): Promise<string> {
  const kept: Buffer[] = [];
  let [bytes, keptBytes] = [0, 0];
  body.on('error', () => {});
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (keptBytes < KEPT_BYTES) kept.push(chunk);
      keptBytes += chunk.length;
      // Leaving the loop destroys the stream.
      if (bytes >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // Whether the request arrived is known from its status.
  }
  const text = new TextDecoder().decode(Buffer.concat(kept).subarray(0, KEPT_BYTES));
  // The database stores no U+0000.
  return [...text.replaceAll('\0', '\ufffd')].slice(0, KEPT_CHARACTERS).join('');
}
