import { CommandFailed } from '../app/command-failed.js';
import { rootFields } from '../app/root-fields.js';
import { parseScope } from '../core/domain/scope.js';

/** The scope as it is stored; refuses entries that are malformed and names that the schema lacks. */
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
