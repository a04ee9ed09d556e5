import type { AuditEntry, AuditOutcome } from '../../core/domain/audit.js';
import { isUuid } from '../../core/domain/message-ids.js';
import type { AuditQuery } from '../../core/ports/stores/audit-store.js';
import type { Page } from '../../core/ports/stores/query-store.js';
import type { Database } from '../database/database.js';
import { SqlConditions } from '../database/sql-conditions.js';
import { firstIdAt, idMillis, lastIdAt } from '../database/uuid-ranges.js';
import { readPage } from '../query/keyset-page.js';
import { adminOf } from '../sharing/work.js';
import type { AuditKeys } from './audit-keys.js';
import { recipientHmac } from './audit-subject.js';

/** Gives a page of all tenants this many milliseconds: it may have to look at a lot of each. */
const ALL_TIMEOUT_MS = 20_000;

const COLUMNS = `m.tenant_id, m.id, m.api_key_id, m.key_prefix, m.key_name, m.operation, m.subject, m.address, m.outcome, m.code,
  m.request_id`;

interface EntryRow {
  tenant_id: string;
  id: string;
  api_key_id: string | null;
  key_prefix: string | null;
  key_name: string | null;
  operation: string;
  subject: string | null;
  address: string | null;
  outcome: AuditOutcome;
  code: string | null;
  request_id: string | null;
}

const entryOf = (row: EntryRow): AuditEntry => ({
  tenantId: row.tenant_id,
  id: row.id,
  at: new Date(idMillis(row.id)),
  apiKeyId: row.api_key_id,
  keyPrefix: row.key_prefix,
  keyName: row.key_name,
  operation: row.operation,
  subject: row.subject,
  address: row.address,
  outcome: row.outcome,
  code: row.code,
  requestId: row.request_id,
});

/** Finds the tenants that have entries by one probe of the index for each. */
export const TENANTS_WITH_ENTRIES = `RECURSIVE found AS (
  (SELECT tenant_id FROM audit_entries ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT m.tenant_id FROM audit_entries m WHERE m.tenant_id > found.tenant_id ORDER BY m.tenant_id LIMIT 1)
  FROM found WHERE found.tenant_id IS NOT NULL
)`;

/** Lists the audit log page by page. */
export class AuditQueries {
  constructor(
    private readonly database: Database,
    private readonly keys: AuditKeys,
  ) {}

  async list(tenantId: string, query: AuditQuery, after: string | null, limit: number): Promise<Page<AuditEntry>> {
    const { apiKeyId, operation, recipient } = query;
    if (apiKeyId !== null && !isUuid(apiKeyId)) return { items: [], next: null };
    const candidates = entriesIn(new SqlConditions().and('m.tenant_id = ?::uuid', tenantId), query, after);
    // One of the two has an index to itself; the other tests what that finds.
    if (recipient !== null) candidates.and('m.recipient_hmac = ?', recipientHmac(await this.keys.keyOf(tenantId), { recipient }));
    else if (apiKeyId !== null) candidates.and('m.api_key_id = ?::uuid', apiKeyId);
    const sql = candidates.sql;
    const filter = ['true'];
    if (recipient !== null && apiKeyId !== null) filter.push(`m.api_key_id = ${candidates.bind(apiKeyId)}::uuid`);
    if (operation !== null) filter.push(`m.operation = ${candidates.bind(operation)}`);
    const page = await readPage<EntryRow>(this.database, {
      tenantId,
      table: 'audit_entries',
      columns: COLUMNS,
      text: `''::text`,
      candidates: sql,
      filter: filter.join(' AND '),
      values: candidates.values,
      limit,
    });
    return { items: page.items.map(entryOf), next: page.next };
  }

  async listAll(query: Omit<AuditQuery, 'recipient'>, after: string | null, limit: number): Promise<Page<AuditEntry>> {
    const { apiKeyId, operation } = query;
    if (apiKeyId !== null && !isUuid(apiKeyId)) return { items: [], next: null };
    const wanted = entriesIn(new SqlConditions(), query, after);
    if (apiKeyId !== null) wanted.and('m.api_key_id = ?::uuid', apiKeyId);
    if (operation !== null) wanted.and('m.operation = ?', operation);
    const rows = await this.database.query<EntryRow>(
      `WITH ${TENANTS_WITH_ENTRIES}
       SELECT e.* FROM found f CROSS JOIN LATERAL (
         SELECT ${COLUMNS} FROM audit_entries m WHERE m.tenant_id = f.tenant_id AND ${wanted.sql}
         ORDER BY m.id DESC LIMIT ${limit + 1}
       ) AS e ORDER BY e.id DESC LIMIT ${limit + 1}`,
      wanted.values,
      { work: adminOf(null), timeoutMs: ALL_TIMEOUT_MS },
    );
    const items = rows.slice(0, limit).map(entryOf);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }
}

/** Selects the entries behind `after` that began in the range, which is a range of ids. */
function entriesIn(conditions: SqlConditions, { at }: Pick<AuditQuery, 'at'>, after: string | null): SqlConditions {
  if (after !== null) conditions.and('m.id < ?::uuid', after);
  if (at?.from) conditions.and('m.id >= ?::uuid', firstIdAt(at.from.getTime()));
  if (at?.to) conditions.and('m.id <= ?::uuid', lastIdAt(at.to.getTime()));
  return conditions;
}
