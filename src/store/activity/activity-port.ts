import type { ActivityStore } from '../../core/ports/stores/activity-store.js';
import type { RetentionStore } from '../../core/ports/stores/retention-store.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { ActivityJanitor } from './activity-janitor.js';
import { ActivityReader } from './activity-reader.js';
import { ActivityWriter } from './activity-writer.js';
import { RecipientFinder } from './recipient-finder.js';

interface ActivityPortDeps {
  database: Database;
  /** Keeps activity for so long, in milliseconds; 0 keeps nothing. */
  retentionMs: number;
  rules: MessageStatusRules;
  /** Counts what waits for a recipient up to here. */
  maxPending: number;
}

/** Creates the part of the store that keeps what recipients' connections did. See docs/design/activity.md. */
export function activityPort({ database, retentionMs, rules, maxPending }: ActivityPortDeps) {
  const writer = new ActivityWriter(database);
  const reader = new ActivityReader(database);
  const recipients = new RecipientFinder(database, rules, maxPending);
  const janitor = new ActivityJanitor(database, retentionMs);
  return {
    recordActivity: (activity) => writer.record(activity),
    listActivity: (...args) => reader.list(...args),
    lastActivity: (...args) => reader.last(...args),
    connectionFacts: (...args) => reader.facts(...args),
    recipientsBeginning: (...args) => recipients.beginning(...args),
    pendingOf: (...args) => recipients.pendingOf(...args),
    awaitedGlobals: (...args) => recipients.awaitedGlobals(...args),
    cleanUpActivity: () => janitor.tidy(),
  } satisfies ActivityStore & Pick<RetentionStore, 'cleanUpActivity'>;
}
