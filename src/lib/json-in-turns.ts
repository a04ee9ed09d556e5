import { isExactNumber, mayBeInexact, parseExactJson } from './exact-json.js';

/** Parses texts of at most so many characters in one go, some milliseconds at worst. */
const AT_ONCE_CHARS = 64 * 1024;
/** Parses those without inexact numbers in one go up to here: `JSON.parse` takes 20 ms for 1 MiB at worst. */
const PLAIN_CHARS = 1024 * 1024;
/** Works for so long in one turn of the event loop, in milliseconds. */
const TURN_MS = 2;
/** Looks at the clock once for so many tokens. */
const TOKENS_PER_LOOK = 500;
/** Reads a string in pieces of at most so many characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none of them in strings
const PIECE = /[^"\\\u0000-\u001f]{0,65536}/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACES = /[ \t\n\r]{0,65536}/y;
const HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const LITERALS: Readonly<Record<string, [word: string, value: unknown]>> = {
  t: ['true', true],
  f: ['false', false],
  n: ['null', null],
};

/** Exceed what an input takes, and what an event's data may have in its 64 KiB. */
const MOST_NAMES = 16_384;
const MOST_ENTRIES = 40_000;

/** Says what comes next. */
type State = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'after' | 'string';

interface Container {
  isArray: boolean;
  value: unknown[] | Record<string, unknown>;
  /** Is the key of an object's next value. */
  key: string;
  /** Counts the names of an object, or the entries of an array, so far. */
  count: number;
}

/**
 * Parses JSON as `parseExactJson` does, but a long text in several turns of the event loop: JSON.parse takes
 * hundreds of milliseconds for 16 MiB of small values. There, an object keeps so many names, and an array so many
 * entries, that no input takes it, and no more: an array of millions is copied again and again as it grows.
 *
 * @param nextTurn resolves in a turn to come; whoever parses several texts lets one of them go on in each
 * @returns the value, or a promise of it for a long text
 * @throws SyntaxError
 */
export function parseJsonInTurns(text: string, nextTurn: () => Promise<unknown>): unknown {
  if (text.length <= AT_ONCE_CHARS) return parseExactJson(text);
  if (text.length <= PLAIN_CHARS && !mayBeInexact(text)) return JSON.parse(text) as unknown;
  return readInTurns(new JsonReader(text), nextTurn);
}

async function readInTurns(reader: JsonReader, nextTurn: () => Promise<unknown>): Promise<unknown> {
  while (!reader.read(performance.now() + TURN_MS)) await nextTurn();
  return reader.result;
}

/** Reads one text, token by token. Depth costs no stack, since what is open stands in a list. */
class JsonReader {
  result: unknown;
  #at = 0;
  #state: State = 'value';
  #isDone = false;
  readonly #open: Container[] = [];
  /** Holds what has been read of a string, and whether that is a key. */
  #string = '';
  #isKey = false;

  constructor(private readonly text: string) {}

  /** Reads on until that moment. Returns whether all is read. */
  read(until: number): boolean {
    while (!this.#isDone) {
      for (let i = 0; i < TOKENS_PER_LOOK && !this.#isDone; i++) this.#step();
      if (performance.now() >= until) break;
    }
    return this.#isDone;
  }

  #step(): void {
    if (this.#state === 'string') {
      this.#piece();
      return;
    }
    this.#skipSpaces();
    const mark = this.text[this.#at] ?? '';
    if (mark !== '' && mark <= ' ') return;
    this.#read[this.#state](mark);
  }

  readonly #read: Readonly<Record<Exclude<State, 'string'>, (mark: string) => void>> = {
    value: (mark) => {
      if (mark === '"') this.#begin(false);
      else if (mark === '[') this.#enter({ isArray: true, value: [], key: '', count: 0 }, 'first value');
      else if (mark === '{') this.#enter({ isArray: false, value: {}, key: '', count: 0 }, 'first key');
      else this.#put(this.#scalar(mark));
    },
    'first value': (mark) => {
      if (mark === ']') this.#leave(true);
      else this.#read.value(mark);
    },
    key: (mark) => {
      if (mark !== '"') this.#fail();
      this.#begin(true);
    },
    'first key': (mark) => {
      if (mark === '}') this.#leave(false);
      else this.#read.key(mark);
    },
    colon: (mark) => {
      if (mark !== ':') this.#fail();
      this.#at++;
      this.#state = 'value';
    },
    after: (mark) => {
      const parent = this.#open.at(-1);
      if (parent === undefined && mark === '') this.#isDone = true;
      else if (parent === undefined) this.#fail();
      else if (mark === ',') {
        this.#at++;
        this.#state = parent.isArray ? 'value' : 'key';
      } else if (mark === (parent.isArray ? ']' : '}')) this.#leave(parent.isArray);
      else this.#fail();
    },
  };

  #enter(container: Container, state: State): void {
    this.#at++;
    this.#open.push(container);
    this.#state = state;
  }

  #leave(isArray: boolean): void {
    const left = this.#open.pop();
    if (left?.isArray !== isArray) this.#fail();
    this.#at++;
    this.#put(left.value);
  }

  #put(value: unknown): void {
    this.#state = 'after';
    const parent = this.#open.at(-1);
    if (parent === undefined) this.result = value;
    else if (Array.isArray(parent.value)) {
      if (parent.count++ < MOST_ENTRIES) parent.value.push(value);
    } else if (!Object.hasOwn(parent.value, parent.key) && ++parent.count > MOST_NAMES) return;
    // As JSON.parse has it: no key reaches the prototype.
    else if (parent.key === '__proto__') define(parent.value, value);
    else parent.value[parent.key] = value;
  }

  #begin(isKey: boolean): void {
    this.#at++;
    this.#string = '';
    this.#isKey = isKey;
    this.#state = 'string';
    this.#piece();
  }

  /** Reads on to the next escape or to the end of the string, but not too far. */
  #piece(): void {
    PIECE.lastIndex = this.#at;
    const piece = PIECE.exec(this.text)?.[0] ?? '';
    this.#string += piece;
    this.#at += piece.length;
    const mark = this.text[this.#at];
    if (mark === '"') this.#endString();
    else if (mark === '\\') this.#string += this.#escaped();
    else if (piece === '') this.#fail();
  }

  #endString(): void {
    this.#at++;
    const parent = this.#open.at(-1);
    if (this.#isKey && parent) {
      parent.key = this.#string;
      this.#state = 'colon';
    } else this.#put(this.#string);
  }

  #escaped(): string {
    const mark = this.text[this.#at + 1] ?? '';
    if (mark === 'u') {
      const digits = this.text.slice(this.#at + 2, this.#at + 6);
      if (!HEX.test(digits)) this.#fail();
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const escaped = ESCAPES[mark];
    if (escaped === undefined) this.#fail();
    this.#at += 2;
    return escaped;
  }

  #scalar(mark: string): unknown {
    const literal = LITERALS[mark];
    if (literal === undefined) return this.#number();
    if (!this.text.startsWith(literal[0], this.#at)) this.#fail();
    this.#at += literal[0].length;
    return literal[1];
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.text)?.[0];
    if (digits === undefined) this.#fail();
    this.#at += digits.length;
    const value = Number(digits);
    if (isExactNumber(digits)) return value;
    return digits.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  #skipSpaces(): void {
    // Most tokens follow without a space.
    if (this.text.charCodeAt(this.#at) > 0x20) return;
    SPACES.lastIndex = this.#at;
    const spaces = SPACES.exec(this.text)?.[0].length ?? 0;
    if (spaces === 0 && this.#at < this.text.length) this.#fail();
    this.#at += spaces;
  }

  #fail(): never {
    throw new SyntaxError(`not JSON at character ${this.#at}`);
  }
}

const define = (object: object, value: unknown) =>
  Object.defineProperty(object, '__proto__', { value, writable: true, enumerable: true, configurable: true });
