/** Caller of the API: a key of one tenant, with what it may do. */
export interface Principal {
  tenantId: string;
  keyId: string;
  scope: Scope;
}

export type OperationType = 'query' | 'mutation' | 'subscription';

/** Operations that a key may call, compiled from the scope's text. */
interface Scope {
  allows(operation: OperationType, field: string): boolean;
}

const PREFIX = 'websockets-manager-api';
const ENTRY = new RegExp(`^${PREFIX}:(query|mutation|subscription):(\\*|[_A-Za-z][_0-9A-Za-z]*)$`);

/** Parses a scope's text into its entries, or returns the first malformed entry. */
export function parseScope(text: string): { entries: Array<[OperationType, string]> } | { malformed: string } {
  const entries: Array<[OperationType, string]> = [];
  for (const part of text.split(/\s+/)) {
    if (part === '') continue;
    const match = ENTRY.exec(part);
    if (!match) return { malformed: part };
    entries.push([match[1] as OperationType, match[2] as string]);
  }
  return { entries };
}

/** Compiles a scope. Malformed entries grant nothing, and neither does an empty scope. */
export function compileScope(text: string): Scope {
  const parsed = text.split(/\s+/).flatMap((part) => {
    const scope = parseScope(part);
    return 'entries' in scope ? scope.entries : [];
  });
  const granted = new Set(parsed.map(([operation, field]) => `${operation}:${field}`));
  return { allows: (operation, field) => granted.has(`${operation}:*`) || granted.has(`${operation}:${field}`) };
}

/** Scope of a key that may call everything. */
export const FULL_SCOPE = `${PREFIX}:query:* ${PREFIX}:mutation:* ${PREFIX}:subscription:*`;
