/** Rows that one step of cleaning up changed. */
export interface Cleaned {
  expired: number;
  deleted: number;
  /** True if the step was full: there is more to do. */
  more: boolean;
}

/**
 * Deletes what is past its retention and writes expiries down. Any node may run it; only one does at a time.
 */
export interface RetentionStore {
  /** Does a bounded piece of work on messages and what belongs to them; null if another node is at it. */
  cleanUp(): Promise<Cleaned | null>;
  /** The same for entries of the audit log. */
  cleanUpAudit(): Promise<Cleaned | null>;
  /**
   * Deletes activity past its retention, and all but the newest of each recipient, a bounded piece as well.
   */
  cleanUpActivity(): Promise<Cleaned | null>;
}
