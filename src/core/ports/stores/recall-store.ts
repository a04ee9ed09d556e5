import type { AuditNote } from '../../domain/audit.js';

/**
 * Selects messages that match everything given. Null means not given; an empty list of ids matches nothing.
 */
export interface CancelSelection {
  ids: readonly string[] | null;
  recipient: string | null;
  globalMessageId: string | null;
  topic: string | null;
}

export interface CancelResult {
  cancelled: number;
  /** False if more messages match. */
  complete: boolean;
  /** Ids of the cancelled messages, for the delivery nodes. */
  ids: string[];
  /** True if the selection named a global alone and it is ended, now or before. */
  globalEnded: boolean;
}

export interface RecallStore {
  /**
   * Cancels at most 10,000 messages, oldest first. Ends a global that is named alone before that, under a
   * lock that the making of its rows respects.
   * @param note written with the same commit
   */
  cancel(tenantId: string, selection: CancelSelection, note?: AuditNote | null): Promise<CancelResult>;
}
