/** Weighs a class of Unicode such as `\pL`, of hundreds of ranges that are merged. In instructions. */
const UNICODE_CLASS = 40;
/** Weighs case-insensitive matching: every character and class is widened by its other cases. */
const FOLDED_FACTOR = 4;
/** Widening a range looks at each of its characters; as many of them take as long as one instruction. */
const FOLDED_CHARS_PER_INSTRUCTION = 32;
const CASE_INSENSITIVE = /\(\?[a-zA-Z]*i/;
const REPETITION = /^\{(\d+)(?:,(\d*))?\}/;
const ALL_CHARS = 0x110000;

/**
 * Estimates, from above, how many instructions a pattern of RE2's compiles to, and how long that takes. It is
 * judged before the pattern is compiled: `.{1000}` a hundred times makes 9 MB in 0.2 s.
 */
export function estimatePatternSize(pattern: string): number {
  return new PatternScanner(pattern).size();
}

class PatternScanner {
  readonly #folded: boolean;
  /** Sizes of the groups that are open, from the outermost; the last one grows. */
  readonly #groups: number[] = [0];
  /** Size of what a repetition at this place would repeat. */
  #latest = 0;
  /** Size of what is read once, however often it is repeated: the ranges of classes. */
  #ranges = 0;
  #at = 0;

  constructor(private readonly pattern: string) {
    this.#folded = CASE_INSENSITIVE.test(pattern);
  }

  size(): number {
    while (this.#at < this.pattern.length) this.#next();
    return this.#groups.reduce((sum, size) => sum + size, this.#ranges);
  }

  #next(): void {
    const char = this.pattern[this.#at];
    if (char === '(') {
      // Deep groups are walked through from each of their levels.
      this.#groups.push(3 + (this.#groups.length >> 2));
      this.#latest = 0;
      this.#at++;
    } else if (char === ')') {
      const size = this.#groups.length > 1 ? (this.#groups.pop() as number) : 0;
      this.#atom(size, 1);
    } else if (char === '\\') {
      this.#escape();
    } else if (char === '[') {
      this.#class();
    } else if (char === '*' || char === '+' || char === '?' || char === '|') {
      // A star of what may be empty is an optional plus.
      this.#add(char === '|' || char === '*' ? 2 : 1);
      this.#at++;
    } else if (char !== '{' || !this.#repeat()) {
      this.#atom(this.#folded ? FOLDED_FACTOR : 1, 1);
    }
  }

  #add(size: number): void {
    this.#groups[this.#groups.length - 1] = (this.#groups.at(-1) as number) + size;
    this.#latest += size;
  }

  #atom(size: number, chars: number): void {
    this.#latest = 0;
    this.#add(size);
    this.#at += chars;
  }

  /** Multiplies what stands before `{n,m}`. Returns false if that is plain text. */
  #repeat(): boolean {
    const found = REPETITION.exec(this.pattern.slice(this.#at, this.#at + 32));
    if (!found) return false;
    const [whole, from, to] = found;
    // An optional repetition is one more instruction each.
    const times = Math.max(Number(from), Number(to || 0)) + 1;
    this.#add(this.#latest * times + times);
    this.#at += whole.length;
    return true;
  }

  #escape(): void {
    const kind = this.pattern[this.#at + 1];
    if (kind === 'Q') {
      const end = this.pattern.indexOf('\\E', this.#at);
      const stop = end === -1 ? this.pattern.length : end + 2;
      const chars = stop - this.#at;
      this.#atom(chars * (this.#folded ? FOLDED_FACTOR : 1), chars);
    } else {
      this.#ranges += this.#rangesOfEscape(kind);
      this.#atom(this.#folded ? FOLDED_FACTOR : 1, 2);
    }
  }

  #rangesOfEscape(kind: string | undefined): number {
    const size = kind === 'p' || kind === 'P' ? UNICODE_CLASS : 1;
    return this.#folded ? size * FOLDED_FACTOR : size;
  }

  #class(): void {
    const start = this.#at;
    let at = start + (this.pattern[start + 1] === '^' ? 2 : 1);
    for (let first = true; at < this.pattern.length && (first || this.pattern[at] !== ']'); first = false) {
      const char = this.pattern[at];
      if (char === '\\') {
        this.#ranges += this.#rangesOfEscape(this.pattern[at + 1]);
        at += 2;
      } else if (char === '[' && this.pattern[at + 1] === ':' && this.pattern.indexOf(':]', at + 2) !== -1) {
        this.#ranges++;
        at = this.pattern.indexOf(':]', at + 2) + 2;
      } else {
        if (char === '-' && this.#folded) this.#ranges += this.#sizeOfRange(at);
        at++;
      }
    }
    this.#ranges += (at - start) >> 3;
    this.#atom(this.#folded ? FOLDED_FACTOR : 1, at + 1 - start);
  }

  /** @param at place of the hyphen */
  #sizeOfRange(at: number): number {
    const to = this.pattern.codePointAt(at + 1) ?? 0;
    // The end may be written as an escape, which is not read here.
    const chars = to === 0x5c ? ALL_CHARS : to;
    return Math.ceil(chars / FOLDED_CHARS_PER_INSTRUCTION);
  }
}
