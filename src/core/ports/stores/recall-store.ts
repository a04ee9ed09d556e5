/** Null means not given; everything given must match; an empty list of ids matches nothing. */
export interface CancelSelection {
  ids: readonly string[] | null;
  recipient: string | null;
  globalMessageId: string | null;
  topic: string | null;
}

export interface CancelResult {
  cancelled: number;
  /** False where more match. */
  complete: boolean;
  /** What was cancelled, for the nodes. */
  ids: string[];
  /** The selection named a global alone, and it is ended now (or was already). */
  globalEnded: boolean;
}

export interface RecallStore {
  /** At most 10,000 messages, oldest first. A global alone is ended first, under a lock that the making of its rows respects. */
  cancel(tenantId: string, selection: CancelSelection): Promise<CancelResult>;
}
