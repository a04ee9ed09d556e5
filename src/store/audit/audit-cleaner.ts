import type { Cleaned } from '../../core/ports/stores/retention-store.js';
import { auditRetentionLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import { firstIdAt } from '../database/uuid-ranges.js';
import { INTERNAL } from '../sharing/work.js';
import { TENANTS_WITH_ENTRIES } from './audit-queries.js';

/** Deletes this many rows in one piece of work. */
const PIECE_ROWS = 5_000;
/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;

/** Deletes entries that are older than AUDIT_RETENTION, those of tenants that are gone, too. */
export class AuditCleaner {
  constructor(
    private readonly database: Database,
    private readonly retentionMs: number,
  ) {}

  /** Does a bounded piece of work; null if another node is at it. */
  cleanUp(): Promise<Cleaned | null> {
    return this.database.transaction(
      async ({ query }) => {
        const [lock] = await query<{ got: boolean; now: string }>(
          'SELECT pg_try_advisory_xact_lock($1::bigint) AS got, (extract(epoch FROM clock_timestamp()) * 1000)::text AS now',
          [auditRetentionLock],
        );
        if (!lock?.got) return null;
        const [row] = await query<{ deleted: number }>(
          `WITH ${TENANTS_WITH_ENTRIES}, old AS (
             SELECT e.place FROM found f CROSS JOIN LATERAL (
               SELECT m.ctid AS place FROM audit_entries m WHERE m.tenant_id = f.tenant_id AND m.id < $1::uuid
               ORDER BY m.id LIMIT ${PIECE_ROWS}
             ) AS e LIMIT ${PIECE_ROWS}
           ), deleted AS (
             DELETE FROM audit_entries WHERE ctid = ANY (ARRAY(SELECT place FROM old)) AND id < $1::uuid RETURNING 1
           ) SELECT count(*)::int AS deleted FROM deleted`,
          [firstIdAt(Math.floor(Number(lock.now)) - this.retentionMs)],
        );
        const deleted = row?.deleted ?? 0;
        return { expired: 0, deleted, more: deleted >= PIECE_ROWS };
      },
      { work: INTERNAL, timeoutMs: TIMEOUT_MS },
    );
  }
}
