import type { Servers, Stage, StageOptions } from './stage.js';

/** Describes a fault of an installation under a steady load. */
export interface Fault {
  /** Selects the fault on the command line. */
  readonly name: string;
  /** Describes the fault in the table. */
  readonly about: string;
  readonly stage?: StageOptions;
  /**
   * Starts the servers, by default a PostgreSQL with fsync on and a Redis. Throws `Unsupported` where the
   * machine lacks something.
   */
  readonly startServers?: () => Promise<Servers>;
  /**
   * Causes the fault while the load runs, and returns when it has ended: `stage.ended()` says when, by
   * default at the return. `stage.require` checks what must hold, `stage.note` notes what was measured.
   */
  run(stage: Stage): Promise<void>;
  /** Waits for what the load left to do, once it has ended, and checks that. */
  settled?(stage: Stage): Promise<void>;
  /** Checks the outcome after the ledger was judged. */
  check?(stage: Stage): void;
  /** Allows the soak to repeat it among others on one installation. */
  readonly soak?: boolean;
}

/** Skips a fault that this machine cannot run; the table says so. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}
