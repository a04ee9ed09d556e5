import { isUtf8 } from 'node:buffer';
import { mayBeInexact, parseExactJson } from './exact-json.js';
import { JsonReader } from './json-reader.js';

/** Parses texts of at most so many characters in one go, some milliseconds at worst. */
const AT_ONCE_CHARS = 64 * 1024;
/** Works for so long in one turn of the event loop, in milliseconds. */
const TURN_MS = 2;

/** Resolves in a turn of the event loop to come; whoever parses several texts lets one of them go on in each. */
export type NextTurn = () => Promise<unknown>;

/**
 * Parses JSON as `parseExactJson` does, but in several turns of the event loop where that takes long. A text of a
 * mebibyte takes 20 ms at worst; longer ones are for `JsonInParts`.
 *
 * @returns the value, or a promise of it
 * @throws SyntaxError
 */
export function parseJsonInTurns(text: string, nextTurn: NextTurn): unknown {
  if (text.length <= AT_ONCE_CHARS) return parseExactJson(text);
  if (!mayBeInexact(text)) return JSON.parse(text) as unknown;
  const reader = new JsonReader();
  reader.add(text);
  reader.end();
  return readInTurns(reader, nextTurn).then(() => reader.result);
}

async function readInTurns(reader: JsonReader, nextTurn: NextTurn): Promise<void> {
  while (!reader.read(performance.now() + TURN_MS)) await nextTurn();
}

/**
 * Parses JSON from bytes of UTF-8 as they come, each part in turns of the event loop of its own. Neither the bytes nor
 * the text are kept: to get the memory for megabytes in one piece takes a process more time than to read them.
 */
export class JsonInParts {
  readonly #reader = new JsonReader();
  /** Holds the bytes of a character that goes on in the next part. */
  #rest: Buffer | null = null;

  constructor(private readonly nextTurn: NextTurn) {}

  /** @throws SyntaxError; TypeError if it is not UTF-8 */
  async add(part: Buffer): Promise<void> {
    await this.nextTurn();
    const bytes = this.#rest === null ? part : Buffer.concat([this.#rest, part]);
    const end = endOfWhole(bytes);
    this.#rest = end < bytes.length ? Buffer.from(bytes.subarray(end)) : null;
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) throw new TypeError('not UTF-8');
    this.#reader.add(whole.toString('utf8'));
    await readInTurns(this.#reader, this.nextTurn);
  }

  /** Returns the value when all parts are read. @throws SyntaxError; TypeError if it is not UTF-8 */
  async end(): Promise<unknown> {
    if (this.#rest !== null) throw new TypeError('not UTF-8');
    this.#reader.end();
    await readInTurns(this.#reader, this.nextTurn);
    return this.#reader.result;
  }
}

/** Returns where the last character ends that is whole. */
function endOfWhole(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    // The first byte of a character begins with as many ones as the character has bytes.
    if (byte >= 0xc0) return Math.clz32(~(byte << 24)) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
