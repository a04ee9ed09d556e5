import type { AuditNote } from '../../core/domain/audit.js';
import { TidingsError } from '../../core/domain/errors.js';
import type { StatusFeed, StatusFeedChange } from '../../core/ports/stores/feed/status-feed-store.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { adminOf, readOf } from '../sharing/work.js';

/** Refuses, by throwing, that a tenant's feed is switched off, within the transaction that does it. */
export type SwitchOffRule = (run: RunStatement, tenantId: string) => Promise<void>;

const OFF: StatusFeed = { enabled: false, globals: false };

const CURRENT = 'SELECT enabled, globals FROM status_feeds WHERE tenant_id = $1';

const SWITCH = `
  WITH head AS (
    INSERT INTO status_feed_heads (tenant_id) VALUES ($1) ON CONFLICT (tenant_id) DO NOTHING
  )
  INSERT INTO status_feeds AS f (tenant_id, enabled, globals) VALUES ($1, $2, $3)
  ON CONFLICT (tenant_id) DO UPDATE SET enabled = excluded.enabled, globals = excluded.globals`;

/** Keeps which feeds of status events are switched on. */
export class FeedSwitch {
  /** @param switchOffRules must all agree to a feed's being switched off */
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly switchOffRules: readonly SwitchOffRule[] = [],
  ) {}

  async read(tenantId: string): Promise<StatusFeed> {
    const [feed] = await this.database.query<StatusFeed>(CURRENT, [tenantId], { work: readOf(tenantId) });
    return feed ?? OFF;
  }

  /**
   * Switches. Every settling statement reads the switch itself, so each one that begins after the commit
   * obeys; see docs/design/status-feed.md.
   */
  set(tenantId: string, { enabled, globals }: StatusFeedChange, note: AuditNote | null = null): Promise<StatusFeed> {
    return this.audit.transaction(
      note,
      async ({ query }) => {
        // Changes of one tenant follow one another; what depends on the feed takes this lock, too.
        const tenants = await query('SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [tenantId]);
        if (tenants.length === 0) throw new TidingsError('UNAUTHENTICATED', 'the tenant is gone');
        const [known] = await query<StatusFeed>(CURRENT, [tenantId]);
        const before = known ?? OFF;
        const feed = { enabled, globals: globals ?? before.globals };
        if (!enabled) for (const rule of this.switchOffRules) await rule(query, tenantId);
        const changes = feed.enabled !== before.enabled || feed.globals !== before.globals;
        if (changes) await query(SWITCH, [tenantId, feed.enabled, feed.globals]);
        return feed;
      },
      { work: adminOf(tenantId) },
    );
  }
}
