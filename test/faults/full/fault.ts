import type { Servers, Stage, StageOptions } from './stage.js';

/** Something bad that is done to an installation under a steady load. */
export interface Fault {
  /** A word of the command line. */
  readonly name: string;
  /** What is done, in the words of the table. */
  readonly about: string;
  readonly stage?: StageOptions;
  /** Default: a PostgreSQL with fsync on, and a Redis. Throws `Unsupported` where the machine lacks what it needs. */
  readonly startServers?: () => Promise<Servers>;
  /**
   * Does it, while the load runs, and returns when it has ended: `stage.ended()` says when, by default at the return. What must hold is
   * asked for by `stage.require`, what was measured noted by `stage.note`.
   */
  run(stage: Stage): Promise<void>;
  /** Looks at what the run came to, after the ledger was judged. */
  check?(stage: Stage): void;
  /** Whether it may be done again and again to an installation that others are done to as well. */
  readonly soak?: boolean;
}

/** The machine cannot do this: the fault is skipped, and the table says so. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}
