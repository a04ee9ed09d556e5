import { operation } from '../../data/operation.js';
import type { TimeRange } from '../../words/span-of-time.js';

type AuditOutcome = 'DONE' | 'REFUSED' | 'FAILED' | 'UNKNOWN';

/** One thing that was done, or tried. */
export interface AuditRow {
  id: string;
  at: string;
  apiKeyId: string | null;
  keyPrefix: string | null;
  keyName: string | null;
  operation: string;
  subject: string | null;
  address: string | null;
  outcome: AuditOutcome;
  code: string | null;
  requestId: string | null;
}

interface AuditVariables {
  filter: { at?: TimeRange; apiKeyId?: string; operation?: string; recipient?: string };
  nextToken: string | null;
}

/** Rows of one page. */
const AUDIT_PAGE = 50;

export const AUDIT = operation<{ auditLog: { items: AuditRow[]; nextToken: string | null } }, AuditVariables>(/* GraphQL */ `
  query audit($filter: AuditLogFilter, $nextToken: String) {
    auditLog(filter: $filter, limit: ${AUDIT_PAGE}, nextToken: $nextToken) {
      items {
        id
        at
        apiKeyId
        keyPrefix
        keyName
        operation
        subject
        address
        outcome
        code
        requestId
      }
      nextToken
    }
  }
`);
