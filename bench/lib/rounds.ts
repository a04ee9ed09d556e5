import { type Sample, sample } from './table.js';

/** Collects the figures of a measure, round by round. */
export class Rounds<Figure extends string> {
  readonly #values = new Map<Figure, number[]>();

  add(figures: Partial<Record<Figure, number>>): void {
    for (const [name, value] of Object.entries(figures) as Array<[Figure, number]>)
      this.#values.set(name, [...this.values(name), value]);
  }

  values(name: Figure): readonly number[] {
    return this.#values.get(name) ?? [];
  }

  of(name: Figure): Sample {
    return sample(this.values(name));
  }

  /** Returns the ratio of two medians. */
  ratio(name: Figure, to: Figure): number {
    return this.of(name).median / this.of(to).median;
  }
}

/** Names a round; those below 0 warm up. */
export const nameOfRound = (round: number, rounds: number): string =>
  round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`;
