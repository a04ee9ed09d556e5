import type { Activity } from '../../domain/activity.js';
import type { Page } from './query-store.js';

/** Activity of a recipient, on its way to the store. */
export interface RecordedActivity extends Activity {
  readonly tenantId: string;
  readonly recipient: string;
  /** Revocation number of the token: nothing is recorded of one from before its recipient's erasure. */
  readonly revocation: number;
}

/** Tells what recipients' connections did lately. */
export interface ActivityStore {
  /**
   * Records activity. Refusals that are equal within an hour become one entry, whichever nodes met them. What
   * is recorded twice is there once, but for the count of a refusal. May be lost if the database crashes.
   */
  recordActivity(activity: readonly RecordedActivity[]): Promise<void>;
  /**
   * Lists the newest entry first, by id: by when it began.
   * @param after id of the last entry of the page before
   */
  listActivity(tenantId: string, recipient: string, after: string | null, limit: number): Promise<Page<Activity>>;
}
