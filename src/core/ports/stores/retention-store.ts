/** What one piece of cleaning up did, in rows. */
export interface Cleaned {
  expired: number;
  deleted: number;
  /** A step of it was full: there is more to do. */
  more: boolean;
}

/** Retention and expiry. Any node may run it; only one does at a time. */
export interface RetentionStore {
  /** One bounded piece of work; null if another node is at it. */
  cleanUp(): Promise<Cleaned | null>;
}
