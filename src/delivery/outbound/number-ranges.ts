const NO_NUMBERS: readonly number[] = [];

/** Remembers numbers of broadcasts as ranges, in two generations, as a {@link GenerationalSet} does. */
export class NumberRanges {
  // Arrays of just these numbers: every connection that got a broadcast lately has them, and an array that
  // has grown takes ten times as much.
  #young: number[];
  #old: readonly number[] = NO_NUMBERS;

  constructor(from: number, until: number) {
    this.#young = [from, until];
  }

  add(from: number, until: number): void {
    const young = this.#young;
    const last = young.length - 2;
    if (young.length === 0) {
      this.#young = [from, until];
    } else if (from >= (young[last] as number) && from <= (young[last + 1] as number)) {
      young[last + 1] = Math.max(until, young[last + 1] as number);
    } else {
      young.push(from, until);
    }
  }

  has(number: number): boolean {
    return covers(this.#young, number) || covers(this.#old, number);
  }

  rotate(): void {
    this.#old = this.#young;
    this.#young = [];
  }
}

function covers(ranges: readonly number[], number: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (number >= (ranges[i] as number) && number < (ranges[i + 1] as number)) return true;
  }
  return false;
}
