import type { Kit } from './kit.js';

/** Describes one way to take more than a share. */
export interface Attack {
  /** Is the row's name. */
  name: string;
  /** Says who does it. */
  by: 'stranger' | 'user' | 'key';
  /** Fills what the attack needs, before anything is measured. */
  prepare?(kit: Kit): Promise<void>;
  /** Attacks until `kit.over`. */
  run(kit: Kit): Promise<void>;
}
