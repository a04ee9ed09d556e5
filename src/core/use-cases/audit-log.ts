import type { AuditEntry } from '../domain/audit.js';
import { LIMITS } from '../domain/limits.js';
import { parseOptionalLabel, requireCleanText } from '../domain/text.js';
import type { AuditQuery, AuditStore } from '../ports/stores/audit-store.js';
import { parsePageLimit } from '../validation/page-limit.js';
import type { PageTokens } from '../validation/page-token.js';
import { parseTimeRange, type TimeRangeInput } from '../validation/time-range.js';
import { all, cutPage, type Fits, type ListedPage, type ListInput } from './messages.js';

interface AuditLogFilterInput {
  at?: TimeRangeInput | null;
  apiKeyId?: string | null;
  operation?: string | null;
  recipient?: string | null;
}

interface AuditLogDeps {
  store: Pick<AuditStore, 'listEntries'>;
  pageTokens: PageTokens;
}

/** Lists a page of a tenant's audit log, newest first. */
export const auditLog =
  ({ store, pageTokens }: AuditLogDeps) =>
  async (
    tenantId: string,
    { filter, limit, nextToken }: ListInput<AuditLogFilterInput>,
    fits: Fits = all,
  ): Promise<ListedPage<AuditEntry>> => {
    const query = parseFilter(filter ?? {});
    const pageLimit = parsePageLimit('limit', limit);
    const scope = { tenantId, query: 'auditLog', filter: query } as const;
    const after = nextToken == null ? null : pageTokens.open('nextToken', scope, nextToken);
    const { items, next } = cutPage(await store.listEntries(tenantId, query, after, pageLimit), after, fits);
    return { items, nextToken: next === null ? null : pageTokens.seal(scope, next) };
  };

const parseFilter = (filter: AuditLogFilterInput): AuditQuery => ({
  at: parseTimeRange('filter.at', filter.at),
  // A malformed id stays as it is: it matches nothing.
  apiKeyId: filter.apiKeyId == null ? null : requireCleanText('filter.apiKeyId', filter.apiKeyId).toLowerCase(),
  operation: filter.operation == null ? null : requireCleanText('filter.operation', filter.operation),
  recipient: parseOptionalLabel('filter.recipient', filter.recipient, LIMITS.recipientChars),
});
