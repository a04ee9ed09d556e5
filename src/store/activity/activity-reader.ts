import type { Activity } from '../../core/domain/activity.js';
import type { Page } from '../../core/ports/stores/query-store.js';
import type { Database } from '../database/database.js';
import { GREATEST_ID } from '../database/uuid-ranges.js';

interface ActivityRow {
  id: string;
  kind: Activity['kind'];
  at: Date;
  last_at: Date;
  times: number;
  connection_id: string | null;
  connected_seconds: number | null;
  reason: Activity['reason'];
  close_code: number | null;
  topic: string | null;
  protocol: Activity['protocol'];
  node: string;
  source_ip: string | null;
  origin: string | null;
  user_agent: string | null;
}

const COLUMNS = `a.id, a.kind, a.at, a.last_at, a.times, a.connection_id, a.connected_seconds, a.reason, a.close_code, a.topic,
  a.protocol, a.node, a.source_ip, a.origin, a.user_agent`;

const PAGE = `
  SELECT ${COLUMNS} FROM activity a WHERE a.tenant_id = $1 AND a.recipient = $2 AND a.id < $3::uuid
  ORDER BY a.id DESC LIMIT $4`;

/** Reads what recipients' connections did. */
export class ActivityReader {
  constructor(private readonly database: Database) {}

  async list(tenantId: string, recipient: string, after: string | null, limit: number): Promise<Page<Activity>> {
    const rows = await this.database.query<ActivityRow>(PAGE, [tenantId, recipient, after ?? GREATEST_ID, limit + 1]);
    const items = rows.slice(0, limit).map(toActivity);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }
}

const toActivity = (row: ActivityRow): Activity => ({
  id: row.id,
  kind: row.kind,
  at: row.at,
  lastAt: row.last_at,
  times: row.times,
  connectionId: row.connection_id,
  connectedSeconds: row.connected_seconds,
  reason: row.reason,
  closeCode: row.close_code,
  topic: row.topic,
  protocol: row.protocol,
  node: row.node,
  sourceIp: row.source_ip,
  origin: row.origin,
  userAgent: row.user_agent,
});
