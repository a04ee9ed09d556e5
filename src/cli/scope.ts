import { buildASTSchema, parse } from 'graphql';
import { CommandFailed } from '../app/command-failed.js';
import { type OperationType, parseScope } from '../core/domain/scope.js';
import { sdl } from '../generated/graphql/sdl.js';

/** The scope as it is stored; refuses entries that are malformed and names that the schema lacks. */
export function requireScope(text: string): string {
  const parsed = parseScope(text);
  if ('malformed' in parsed) {
    throw new CommandFailed(
      `"${parsed.malformed}" is no scope: entries look like websockets-manager-api:query:messages or websockets-manager-api:mutation:*`,
    );
  }
  const fields = schemaFields();
  for (const [operation, field] of parsed.entries) {
    if (field !== '*' && !fields[operation].has(field)) throw new CommandFailed(`the schema has no ${operation} "${field}"`);
  }
  return text.split(/\s+/).filter(Boolean).join(' ');
}

function schemaFields(): Record<OperationType, ReadonlySet<string>> {
  const schema = buildASTSchema(parse(sdl));
  const names = (type: { getFields(): object } | null | undefined) => new Set(Object.keys(type?.getFields() ?? {}));
  return {
    query: names(schema.getQueryType()),
    mutation: names(schema.getMutationType()),
    subscription: names(schema.getSubscriptionType()),
  };
}
