/** Names what the attacking process has to aim at. */
export interface Target {
  apiPort: number;
  deliveryPort: number;
  /** Is a key of the attacking tenant with every ordinary scope. */
  key: string;
  /** Holds tokens of its recipients: without grants, and with every grant. */
  tokens: { bare: readonly string[]; granted: readonly string[] };
  /** Is the share of an attack's full size that is prepared, 0 to 1. */
  scale: number;
  /** Is the id of an event from which clients catch up, once one is published. */
  after?: string;
}

/** Counts what an attack did, and what it was answered. */
export interface AttackReport {
  /** Counts by answer: a status with its code, a close code, `frames`. */
  counts: Record<string, number>;
  /** Is the CPU time of the attacking process, in seconds. */
  cpu: number;
}
