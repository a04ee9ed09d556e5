interface Context {
  progress: (message: string) => void;
  /** Only shows that the measure works. */
  quick: boolean;
  /** Rounds of product, floor and peer, in turns. */
  rounds: number;
}

/** A line of the table of all measures: a goal, and what was found. */
export interface Verdict {
  what: string;
  tidings: string;
  floor: string;
  peer: string;
  ratio: string;
  goal: string;
  /** Null where the run cannot tell, such as one that was overloaded. */
  met: boolean | null;
}

export interface Result {
  /** The measure's own table. */
  rows: Array<Record<string, string>>;
  verdicts: Verdict[];
  /** Of the product alone, by name: what two versions of it are compared by. */
  figures: Record<string, number>;
}

export interface Measure {
  name: string;
  about: string;
  /** Which process runs on which core. */
  placement: string;
  /** Its full form is ended after so long, and counts as failed. */
  minutes: number;
  run(context: Context): Promise<Result>;
}

const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** What is compared with a goal: `ratio` must be at most, or at least, `bound`. */
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

/** A goal that this run says nothing about, and why. */
export const unjudged = (what: string, why: string, goal: string): Verdict => ({
  what,
  tidings: why,
  floor: '',
  peer: '',
  ratio: '',
  goal,
  met: null,
});
