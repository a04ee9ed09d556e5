import { CommandFailed } from '../../app/command-failed.js';
import type { Tenancy } from '../../app/contracts.js';
import { noSuchTenant } from '../../app/no-such-tenant.js';
import type { AuditEntry } from '../../core/domain/audit.js';
import { LIMITS } from '../../core/domain/limits.js';
import type { AuditQuery } from '../../core/ports/stores/audit-store.js';
import type { Page } from '../../core/ports/stores/query-store.js';
import { parseTimeRange } from '../../core/validation/time-range.js';
import { type CliContext, withTenancy } from '../cli-context.js';
import { print, table } from '../print.js';

interface AuditOptions {
  tenant?: string;
  from?: string;
  to?: string;
  apiKeyId?: string;
  operation?: string;
  recipient?: string;
  limit: number;
  json?: boolean;
}

/** Prints entries of the audit log, newest first: of one tenant, or of all. */
export async function printAudit(context: CliContext, options: AuditOptions): Promise<void> {
  const { tenant, from, to, apiKeyId = null, operation = null, recipient = null } = options;
  if (recipient !== null && tenant === undefined) {
    throw new CommandFailed('--recipient needs --tenant: each tenant has a key of its own for the names in its log');
  }
  const at = parseTimeRange('at', { from: from ?? null, to: to ?? null });
  const query = { at, apiKeyId, operation, recipient };
  const entries = await withTenancy(context, async (tenancy) => {
    const names = new Map((await tenancy.tenants.listTenants()).map(({ id, name }) => [id, name]));
    const found = await walk(await pagesOf(tenancy, tenant, query), options.limit);
    return found.map(({ tenantId, ...entry }) => ({ ...entry, tenant: names.get(tenantId) ?? null, tenantId }));
  });
  const rows = entries.map((entry) => [
    ...[entry.at, entry.tenant ?? entry.tenantId, entry.keyName ?? entry.keyPrefix, entry.operation, entry.subject],
    ...[entry.address, entry.outcome, entry.code, entry.requestId],
  ]);
  const header = ['AT', 'TENANT', 'KEY', 'OPERATION', 'SUBJECT', 'ADDRESS', 'OUTCOME', 'CODE', 'REQUEST'];
  print(context.io, options.json ?? false, entries, table(header, rows));
}

type ReadPage = (after: string | null, limit: number) => Promise<Page<AuditEntry>>;

async function pagesOf({ tenants, audit }: Tenancy, name: string | undefined, query: AuditQuery): Promise<ReadPage> {
  if (name === undefined) return (after, limit) => audit.listAllEntries(query, after, limit);
  const tenant = await tenants.findTenant(name);
  if (!tenant) throw await noSuchTenant(name, tenants);
  return (after, limit) => audit.listEntries(tenant.id, query, after, limit);
}

async function walk(read: ReadPage, limit: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let after: string | null = null; entries.length < limit; ) {
    const page: Page<AuditEntry> = await read(after, Math.min(LIMITS.pageLimit, limit - entries.length));
    entries.push(...page.items);
    after = page.next;
    if (after === null) break;
  }
  return entries;
}
