import type { Activity, ClientFacts, ConnectionProtocol, RefusalReason } from '../../domain/activity.js';
import type { GlobalMessage } from '../../domain/message.js';
import type { Page } from './query-store.js';

/** Activity of a recipient, on its way to the store. */
export interface RecordedActivity extends Activity {
  readonly tenantId: string;
  readonly recipient: string;
  /** Revocation number of the token: nothing is recorded of one from before its recipient's erasure. */
  readonly revocation: number;
}

/** The newest that is known of a recipient, at a moment. */
export interface LastActivity {
  /** When it was last seen: when its newest connection ended, or began if it is not known to have ended. */
  readonly seenAt: Date | null;
  /** Topics of the connections that had not ended; null stands for none. */
  readonly open: ReadonlyArray<string | null>;
  readonly refusal: LastRefusal | null;
}

export interface LastRefusal {
  readonly at: Date;
  readonly reason: RefusalReason;
  readonly sourceIp: string | null;
  readonly origin: string | null;
}

/** Names a recipient at a moment; null: now. */
export interface RecipientAt {
  readonly recipient: string;
  readonly at: Date | null;
}

/** Facts about a connection of the past. */
export interface ConnectionFacts extends ClientFacts {
  readonly since: Date;
  readonly topic: string | null;
  readonly protocol: ConnectionProtocol | null;
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
  /** Tells the newest of each, in order. */
  lastActivity(tenantId: string, recipients: readonly RecipientAt[]): Promise<LastActivity[]>;
  /** Finds facts about connections by their ids, as long as their activity is kept. */
  connectionFacts(
    tenantId: string,
    connections: ReadonlyArray<{ recipient: string; connectionId: string }>,
  ): Promise<Map<string, ConnectionFacts>>;
  /**
   * Lists names that have messages and begin like this, in the order of code points. Its cost follows the
   * answer, not how many messages they have.
   */
  recipientsBeginning(tenantId: string, beginning: string, limit: number): Promise<string[]>;
  /** Counts messages that wait for a recipient, up to the quota. */
  pendingOf(tenantId: string, recipient: string): Promise<number>;
  /** Lists up to 100 globals that wait for a recipient and have no row for it yet, oldest first. */
  awaitedGlobals(tenantId: string, recipient: string): Promise<GlobalMessage[]>;
}
