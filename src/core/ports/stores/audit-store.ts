import type { AuditEntry, AuditedCall, AuditNote, AuditOutcome } from '../../domain/audit.js';
import type { Page, TimeRange } from './query-store.js';

export interface AuditQuery {
  at: TimeRange | null;
  apiKeyId: string | null;
  operation: string | null;
  /** Name of a recipient. */
  recipient: string | null;
}

/**
 * Keeps who did what. An operation that changes something gets the note of its call, and writes the entry in
 * the transaction of the change: there is neither without the other, whatever is killed. See
 * docs/design/audit.md.
 */
export interface AuditStore {
  /** Opens the entry of a call. Nothing is written yet. */
  openNote(call: AuditedCall): AuditNote;
  /**
   * Writes the entry of a call that changed nothing, that did not come to its end, or whose end is not known.
   * An entry that says DONE stays: the change was committed after all. Calls that come together share a
   * statement.
   */
  closeNote(note: AuditNote, outcome: AuditOutcome, code: string | null): Promise<void>;
  /**
   * Writes that something was read, unless the key has read the same of this recipient within the hour.
   * @param call with the recipient as its subject
   */
  noteRead(call: AuditedCall): Promise<void>;
  /**
   * Lists the newest entry first, by id. Examined rows are bounded, so a page may be short or empty and still
   * have a `next`.
   * @param after id of the last row that the page before examined
   * @param limit 1 to 1,000
   */
  listEntries(tenantId: string, query: AuditQuery, after: string | null, limit: number): Promise<Page<AuditEntry>>;
  /** Lists entries of all tenants, of those that are gone, too. */
  listAllEntries(query: Omit<AuditQuery, 'recipient'>, after: string | null, limit: number): Promise<Page<AuditEntry>>;
}
