import { rootFields } from '../api/graphql/root-fields.js';
import { ROLES, type Role, scopeOfRole } from '../core/domain/roles.js';
import { normalScope, parseScope } from '../core/domain/scope.js';
import { CommandFailed } from './command-failed.js';

interface AskedScope {
  /** Entries by hand. */
  scope?: string;
  role?: string;
  showText?: boolean;
}

/** Returns the scope that a key is to have, and its role. Refuses both, and neither. */
export function requireScopeOrRole({ scope, role, showText = false }: AskedScope): { scope: string; role: Role | null } {
  if ((scope === undefined) === (role === undefined)) throw new CommandFailed('give either --scope or --role');
  if (showText && role !== 'support') throw new CommandFailed('--show-text goes with --role support');
  if (scope !== undefined) return { scope: requireScope(scope), role: null };
  const known = ROLES.find((name) => name === role);
  if (known === undefined) throw new CommandFailed(`there is no role "${role}": the roles are ${ROLES.join(', ')}`);
  return { scope: scopeOfRole(known, { showText }), role: known };
}

/** Returns a key's scope as it is stored. Refuses malformed entries, and fields that the schema lacks. */
function requireScope(text: string): string {
  const parsed = parseScope(text);
  if ('malformed' in parsed) {
    throw new CommandFailed(
      `"${parsed.malformed}" is no scope: entries look like websockets-manager-api:query:messages or websockets-manager-api:mutation:*`,
    );
  }
  const fields = rootFields();
  for (const [operation, field] of parsed.grants) {
    if (field !== '*' && !fields[operation].has(field)) throw new CommandFailed(`the schema has no ${operation} "${field}"`);
  }
  return normalScope(text);
}
