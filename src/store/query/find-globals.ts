import type { GlobalMessage } from '../../core/domain/message.js';
import { plainArray } from '../database/array-literals.js';
import type { RunStatement } from '../database/run-statement.js';
import { idMillis } from '../database/uuid-ranges.js';

export interface GlobalRow {
  id: string;
  message: string;
  topic: string | null;
  expires_at: Date | null;
  cancelled_at: Date | null;
}

export const GLOBAL_COLUMNS = 'g.id, g.message, g.topic, g.expires_at, g.cancelled_at';

export const toGlobalMessage = (row: GlobalRow): GlobalMessage => ({
  id: row.id,
  message: row.message,
  topic: row.topic,
  expiresAt: row.expires_at,
  createdAt: new Date(idMillis(row.id)),
  cancelledAt: row.cancelled_at,
});

/** Finds global messages of a tenant by id, oldest first. */
export async function findGlobals(run: RunStatement, tenantId: string, ids: readonly string[]): Promise<GlobalMessage[]> {
  const rows = await run<GlobalRow>(
    `SELECT ${GLOBAL_COLUMNS} FROM global_messages g WHERE g.tenant_id = $1 AND g.id = ANY ($2::uuid[]) ORDER BY g.id`,
    [tenantId, plainArray(ids)],
  );
  return rows.map(toGlobalMessage);
}
