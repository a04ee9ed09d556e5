import type { Activity } from '../../core/domain/activity.js';
import type { ConnectionFacts, LastActivity, RecipientAt } from '../../core/ports/stores/activity-store.js';
import type { Page } from '../../core/ports/stores/query-store.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { GREATEST_ID, lastIdAt } from '../database/uuid-ranges.js';
import { readOf } from '../sharing/work.js';

interface FactsRow {
  id: string;
  at: Date;
  topic: string | null;
  protocol: Activity['protocol'];
  source_ip: string | null;
  origin: string | null;
  user_agent: string | null;
}

interface ActivityRow extends FactsRow {
  kind: Activity['kind'];
  last_at: Date;
  times: number;
  connection_id: string | null;
  connected_seconds: number | null;
  reason: Activity['reason'];
  close_code: number | null;
  node: string;
}

const FACTS = 'a.id, a.at, a.topic, a.protocol, a.source_ip, a.origin, a.user_agent';
const COLUMNS = `${FACTS}, a.kind, a.last_at, a.times, a.connection_id, a.connected_seconds, a.reason, a.close_code, a.node`;

const PAGE = `
  SELECT ${COLUMNS} FROM activity a WHERE a.tenant_id = $1 AND a.recipient = $2 AND a.id < $3::uuid
  ORDER BY a.id DESC LIMIT $4`;

/** Looks at this many entries of a recipient for what is the newest: more than are kept. */
const NEWEST = 250;
/** Looks at this many entries of refusals that may still be counted, wherever they began. */
const OPEN_REFUSALS = 50;

// An entry of refusals that goes on beyond the moment counts as of that moment.
const NEWEST_ENTRIES = `
  SELECT r.n::int, e.* FROM unnest($2::text[], $3::uuid[], $4::timestamptz[]) WITH ORDINALITY AS r(recipient, until, moment, n)
  CROSS JOIN LATERAL (
    SELECT a.id, a.kind, a.at, least(a.last_at, r.moment) AS last_at, a.connection_id, a.topic, a.reason, a.source_ip, a.origin
    FROM (
      (SELECT a.* FROM activity a WHERE a.tenant_id = $1 AND a.recipient = r.recipient AND a.id <= r.until
       ORDER BY a.id DESC LIMIT ${NEWEST})
      UNION ALL
      (SELECT a.* FROM activity a WHERE a.tenant_id = $1 AND a.recipient = r.recipient AND a.refusal_key IS NOT NULL
         AND a.id <= r.until LIMIT ${OPEN_REFUSALS})
    ) AS a
  ) AS e ORDER BY r.n, e.id`;

type NewestRow = Pick<
  ActivityRow,
  'id' | 'kind' | 'at' | 'last_at' | 'connection_id' | 'topic' | 'reason' | 'source_ip' | 'origin'
> & { n: number };

const CONNECTIONS = `
  SELECT ${FACTS} FROM unnest($2::text[], $3::uuid[]) AS c(recipient, id)
  JOIN activity a ON a.tenant_id = $1 AND a.recipient = c.recipient AND a.id = c.id`;

/** Reads what recipients' connections did. */
export class ActivityReader {
  constructor(private readonly database: Database) {}

  async list(tenantId: string, recipient: string, after: string | null, limit: number): Promise<Page<Activity>> {
    const rows = await this.database.query<ActivityRow>(PAGE, [tenantId, recipient, after ?? GREATEST_ID, limit + 1], {
      work: readOf(tenantId),
    });
    const items = rows.slice(0, limit).map(toActivity);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async last(tenantId: string, recipients: readonly RecipientAt[]): Promise<LastActivity[]> {
    if (recipients.length === 0) return [];
    const rows = await this.database.query<NewestRow>(
      NEWEST_ENTRIES,
      [
        tenantId,
        textArray(recipients.map(({ recipient }) => recipient)),
        plainArray(recipients.map(({ at }) => (at === null ? GREATEST_ID : lastIdAt(at.getTime())))),
        textArray(recipients.map(({ at }) => at?.toISOString() ?? 'infinity')),
      ],
      { work: readOf(tenantId) },
    );
    const entries: NewestRow[][] = recipients.map(() => []);
    for (const row of rows) entries[row.n - 1]?.push(row);
    return entries.map(summary);
  }

  async facts(
    tenantId: string,
    connections: ReadonlyArray<{ recipient: string; connectionId: string }>,
  ): Promise<Map<string, ConnectionFacts>> {
    if (connections.length === 0) return new Map();
    const rows = await this.database.query<FactsRow>(
      CONNECTIONS,
      [
        tenantId,
        textArray(connections.map(({ recipient }) => recipient)),
        plainArray(connections.map(({ connectionId }) => connectionId)),
      ],
      { work: readOf(tenantId) },
    );
    return new Map(rows.map((row) => [row.id, { since: row.at, topic: row.topic, protocol: row.protocol, ...clientOf(row) }]));
  }
}

/** Sums up entries, the oldest first. */
function summary(entries: readonly NewestRow[]): LastActivity {
  const open = new Map<string, string | null>();
  let seenAt: Date | null = null;
  let refused: NewestRow | null = null;
  for (const entry of entries) {
    if (entry.kind === 'REFUSED') {
      if (refused === null || entry.last_at > refused.last_at) refused = entry;
      continue;
    }
    if (seenAt === null || entry.at > seenAt) seenAt = entry.at;
    if (entry.kind === 'CONNECTED') open.set(entry.id, entry.topic);
    else open.delete(entry.connection_id ?? '');
  }
  return { seenAt, open: [...open.values()], refusal: refused && toRefusal(refused) };
}

const toRefusal = (row: NewestRow): LastActivity['refusal'] =>
  row.reason && { at: row.last_at, reason: row.reason, sourceIp: row.source_ip, origin: row.origin };

const clientOf = (row: FactsRow) => ({ sourceIp: row.source_ip, origin: row.origin, userAgent: row.user_agent });

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
  ...clientOf(row),
});
