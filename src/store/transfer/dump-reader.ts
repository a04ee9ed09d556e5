import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type DumpEnd, type DumpHeader, damaged, nameOf, newDigest, readEnd, readHeader } from './dump-format.js';

/** Exceeds the longest row, so that a file of another kind does not fill memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
const NEWLINE = 10;

/** What a whole dump says of itself. */
export interface Dump {
  readonly header: DumpHeader;
  readonly end: DumpEnd;
}

/**
 * Reads a dump to its end and compares its checksum.
 *
 * @throws TransferRefused if it is no dump, damaged or not whole
 */
export async function examineDump(path: string): Promise<Dump> {
  const examination = new Examination();
  for await (const line of linesOf(path)) examination.take(line);
  return examination.result();
}

/** Looks at the lines of a dump, one after the other. */
class Examination {
  readonly #digest = newDigest();
  #header: DumpHeader | null = null;
  #end: DumpEnd | null = null;

  take(line: string): void {
    if (this.#end !== null) throw damaged('something follows its end');
    const name = nameOf(line);
    if (this.#header === null) this.#header = readHeader(line);
    else if (name === null) throw damaged('a line of it is no row');
    if (name === 'end') this.#end = readEnd(line);
    else this.#digest.update(line).update('\n');
  }

  result(): Dump {
    const [header, end] = [this.#header ?? readHeader(''), this.#end];
    if (end === null) throw damaged('its end is missing');
    if (end.sha256 !== this.#digest.digest('hex')) throw damaged('its checksum is another one');
    return { header, end };
  }
}

/** Yields the lines between the first and the last of a dump, which has been examined. */
export async function* rowLinesOf(path: string): AsyncGenerator<string> {
  let isFirst = true;
  for await (const line of linesOf(path)) {
    if (!isFirst && nameOf(line) !== 'end') yield line;
    isFirst = false;
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const packed = await isPacked(path);
  const bytes = createReadStream(path);
  yield* splitLines(packed ? unzipped(bytes) : bytes);
}

async function isPacked(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const start = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
    return start.buffer.equals(GZIP);
  } finally {
    await file.close();
  }
}

function unzipped(bytes: Readable): Readable {
  const gunzip = createGunzip();
  gunzip.once('close', () => bytes.destroy());
  bytes.on('error', (error) => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

async function* splitLines(bytes: Readable): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
        parts.push(piece.subarray(from, at));
        yield Buffer.concat(parts).toString();
        parts = [];
        size = 0;
        from = at + 1;
      }
      parts.push(piece.subarray(from));
      size += piece.length - from;
      if (size > MAX_LINE_BYTES) throw damaged('a line of it is too long');
    }
  } catch (error) {
    if (/^(Z_|ERR_)/.test((error as NodeJS.ErrnoException).code ?? '')) throw damaged('it cannot be unpacked');
    throw error;
  }
  if (size > 0) throw damaged('its last line has no end');
}
