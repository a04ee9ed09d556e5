import { rootFields } from '../api/graphql/root-fields.js';
import { parseScope } from '../core/domain/scope.js';
import { CommandFailed } from './command-failed.js';

/** Returns a key's scope as it is stored. Refuses malformed entries, and fields that the schema lacks. */
export function requireScope(text: string): string {
  const parsed = parseScope(text);
  if ('malformed' in parsed) {
    throw new CommandFailed(
      `"${parsed.malformed}" is no scope: entries look like websockets-manager-api:query:messages or websockets-manager-api:mutation:*`,
    );
  }
  const fields = rootFields();
  for (const [operation, field] of parsed.entries) {
    if (field !== '*' && !fields[operation].has(field)) throw new CommandFailed(`the schema has no ${operation} "${field}"`);
  }
  return text.split(/\s+/).filter(Boolean).join(' ');
}
