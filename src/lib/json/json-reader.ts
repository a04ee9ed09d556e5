import { isExactNumber } from './exact-json.js';

/** Looks at the clock once for so many tokens. */
const TOKENS_PER_LOOK = 500;
/** Looks at it after so many characters, too. */
const CHARS_PER_LOOK = 256 * 1024;
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
/** Exceeds, in characters, what an input takes as a text, and an event in all. */
const MOST_CHARS = 128 * 1024;
/** Reads no number that is longer and comes in several parts, in characters. */
const MOST_NUMBER_CHARS = 64 * 1024;
/** Are the longest escape, and what may follow the digits of a number that goes on: `e-1`. */
const ESCAPE_CHARS = 6;
const GOES_ON_CHARS = 3;

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
 * Reads JSON as `parseExactJson` does, but token by token, from a text that may come in parts. JSON.parse takes hundreds
 * of milliseconds for 16 MiB of small values. An object keeps so many names, an array so many entries and a text
 * below the first level so many characters that no input takes it, and no more: an array of millions is copied again
 * and again as it grows. Depth costs no stack, since what is open stands in a list.
 *
 * Whatever it is given, `read` and `end` throw SyntaxError where it is no JSON.
 */
export class JsonReader {
  /** Is the value, once all is read. */
  result: unknown;
  /** Holds the part that is read. */
  #text = '';
  #at = 0;
  #isLast = false;
  /** True while the next token ends in a part to come. */
  #lacks = false;
  #state: State = 'value';
  #isDone = false;
  readonly #open: Container[] = [];
  /** Holds what has been read of a string, and whether that is a key. */
  #string = '';
  #isKey = false;

  /** Takes the next part, once the former one is read. */
  add(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    this.#lacks = false;
  }

  /** Says that no part follows. What is left is read by `read`. */
  end(): void {
    this.#isLast = true;
    this.#lacks = false;
  }

  /** Reads on until that moment, by `performance.now()`. Returns whether all that it was given is read. */
  read(until: number): boolean {
    do {
      const far = this.#at + CHARS_PER_LOOK;
      for (let i = 0; i < TOKENS_PER_LOOK && this.#at < far && !this.#isDone && !this.#lacks; i++) this.#step();
      if (this.#isDone || this.#lacks) return true;
    } while (performance.now() < until);
    return false;
  }

  #step(): void {
    if (this.#state === 'string') {
      this.#piece();
      return;
    }
    this.#skipSpaces();
    const mark = this.#text[this.#at] ?? '';
    if (mark !== '' && mark <= ' ') return;
    if (this.#has(1)) this.#read[this.#state](mark);
  }

  /** Tells whether so many characters are there, as far as they are to come. If not, the next part is waited for. */
  #has(count: number): boolean {
    this.#lacks = !this.#isLast && this.#text.length - this.#at < count;
    return !this.#lacks;
  }

  readonly #read: Readonly<Record<Exclude<State, 'string'>, (mark: string) => void>> = {
    value: (mark) => {
      if (mark === '"') this.#begin(false);
      else if (mark === '[') this.#enter({ isArray: true, value: [], key: '', count: 0 }, 'first value');
      else if (mark === '{') this.#enter({ isArray: false, value: {}, key: '', count: 0 }, 'first key');
      else this.#scalar(mark);
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
    const piece = PIECE.exec(this.#text)?.[0] ?? '';
    this.#keep(piece);
    this.#at += piece.length;
    const mark = this.#text[this.#at];
    if (mark === '"') this.#endString();
    else if (mark === '\\') {
      if (this.#has(ESCAPE_CHARS)) this.#keep(this.#escaped());
    } else if (piece === '' && this.#has(1)) this.#fail();
  }

  #keep(piece: string): void {
    // A document stands at the first level.
    if (this.#string.length < MOST_CHARS || this.#open.length < 2) this.#string += piece;
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
    const mark = this.#text[this.#at + 1] ?? '';
    if (mark === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!HEX.test(digits)) this.#fail();
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const escaped = ESCAPES[mark];
    if (escaped === undefined) this.#fail();
    this.#at += 2;
    return escaped;
  }

  #scalar(mark: string): void {
    const literal = LITERALS[mark];
    if (literal === undefined) {
      this.#number();
      return;
    }
    const [word, value] = literal;
    if (!this.#has(word.length)) return;
    if (!this.#text.startsWith(word, this.#at)) this.#fail();
    this.#at += word.length;
    this.#put(value);
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#text)?.[0] ?? '';
    if (!this.#has(digits.length + GOES_ON_CHARS) && digits.length <= MOST_NUMBER_CHARS) return;
    if (digits === '' || this.#lacks) this.#fail();
    this.#at += digits.length;
    const value = Number(digits);
    if (isExactNumber(digits)) this.#put(value);
    else this.#put(digits.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  }

  #skipSpaces(): void {
    // Most tokens follow without a space.
    if (this.#text.charCodeAt(this.#at) > 0x20) return;
    SPACES.lastIndex = this.#at;
    const spaces = SPACES.exec(this.#text)?.[0].length ?? 0;
    if (spaces === 0 && this.#at < this.#text.length) this.#fail();
    this.#at += spaces;
  }

  #fail(): never {
    throw new SyntaxError(`not JSON at character ${this.#at}`);
  }
}

const define = (object: object, value: unknown) =>
  Object.defineProperty(object, '__proto__', { value, writable: true, enumerable: true, configurable: true });
