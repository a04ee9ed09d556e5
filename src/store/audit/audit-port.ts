import type { RecipientNames } from '../../core/ports/recipient-names.js';
import type { AuditStore } from '../../core/ports/stores/audit-store.js';
import type { RetentionStore } from '../../core/ports/stores/retention-store.js';
import type { Database } from '../database/database.js';
import { AuditCleaner } from './audit-cleaner.js';
import type { AuditKeys } from './audit-keys.js';
import type { AuditLog } from './audit-log.js';
import { AuditQueries } from './audit-queries.js';
import { recipientHmac } from './audit-subject.js';

interface AuditPortDeps {
  database: Database;
  audit: AuditLog;
  keys: AuditKeys;
  auditRetentionMs: number;
}

/** Creates the part of the store that keeps who did what. */
export function auditPort({ database, audit, keys, auditRetentionMs }: AuditPortDeps) {
  const queries = new AuditQueries(database, keys);
  const cleaner = new AuditCleaner(database, auditRetentionMs);
  return {
    openNote: (call) => audit.open(call),
    closeNote: (...args) => audit.close(...args),
    noteRead: (call) => audit.noteRead(call),
    listEntries: (...args) => queries.list(...args),
    listAllEntries: (...args) => queries.listAll(...args),
    cleanUpAudit: () => cleaner.cleanUp(),
    recipientHmac: async (tenantId, recipient) => recipientHmac(await keys.keyOf(tenantId), { recipient })?.toString('hex') ?? '',
  } satisfies AuditStore & RecipientNames & Pick<RetentionStore, 'cleanUpAudit'>;
}
