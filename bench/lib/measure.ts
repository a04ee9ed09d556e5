interface Context {
  progress: (message: string) => void;
  /** Runs the shortest form, which only shows that the measure works. */
  quick: boolean;
  /** Runs this many rounds of product, floor and peer in turns. */
  rounds: number;
}

/** Compares a figure with its goal: one row of the table of all measures. */
export interface Verdict {
  what: string;
  tidings: string;
  floor: string;
  peer: string;
  ratio: string;
  goal: string;
  /** Is null where the run cannot tell, for example because it was overloaded. */
  met: boolean | null;
}

export interface Result {
  /** Holds the measure's own table. */
  rows: Array<Record<string, string>>;
  verdicts: Verdict[];
  /** Holds figures of the product alone, by name, to compare two versions. */
  figures: Record<string, number>;
}

export interface Measure {
  name: string;
  about: string;
  /** Says which process runs on which core. */
  placement: string;
  /** Limits the full form; a longer run is ended and counts as failed. */
  minutes: number;
  run(context: Context): Promise<Result>;
}

const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** Compares a ratio with its goal. */
export function judge(
  what: string,
  found: { tidings: string; floor?: string; peer?: string },
  ratio: number,
  goal: { atMost: number } | { atLeast: number },
  unit = '',
): Verdict {
  const [sign, bound, met] =
    'atMost' in goal ? ['≤', goal.atMost, ratio <= goal.atMost] : ['≥', goal.atLeast, ratio >= goal.atLeast];
  return {
    what,
    tidings: found.tidings,
    floor: found.floor ?? '',
    peer: found.peer ?? '',
    ratio: `${digits.format(ratio)}${unit}`,
    goal: `${sign} ${bound}${unit}`,
    met: Number.isFinite(ratio) ? met : null,
  };
}

/** Says why this run cannot judge a goal. */
export const unjudged = (what: string, why: string, goal: string): Verdict => ({
  what,
  tidings: why,
  floor: '',
  peer: '',
  ratio: '',
  goal,
  met: null,
});
