import type { ActivityStore } from '../../core/ports/stores/activity-store.js';
import type { RetentionStore } from '../../core/ports/stores/retention-store.js';
import type { Database } from '../database/database.js';
import { ActivityJanitor } from './activity-janitor.js';
import { ActivityReader } from './activity-reader.js';
import { ActivityWriter } from './activity-writer.js';

interface ActivityPortDeps {
  database: Database;
  /** Keeps activity for so long, in milliseconds; 0 keeps nothing. */
  retentionMs: number;
}

/** Creates the part of the store that keeps what recipients' connections did. See docs/design/activity.md. */
export function activityPort({ database, retentionMs }: ActivityPortDeps) {
  const writer = new ActivityWriter(database);
  const reader = new ActivityReader(database);
  const janitor = new ActivityJanitor(database, retentionMs);
  return {
    recordActivity: (activity) => writer.record(activity),
    listActivity: (...args) => reader.list(...args),
    cleanUpActivity: () => janitor.tidy(),
  } satisfies ActivityStore & Pick<RetentionStore, 'cleanUpActivity'>;
}
