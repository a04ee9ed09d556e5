import { buildSchema, type GraphQLObjectType } from 'graphql';
import type { OperationType } from '../../core/domain/scope.js';
import { sdl } from '../../generated/graphql/sdl.js';

/** Lists the root fields of the schema: everything that a scope can grant. */
export function rootFields(): Record<OperationType, ReadonlySet<string>> {
  const schema = buildSchema(sdl);
  const names = (type: GraphQLObjectType | null | undefined) => new Set(Object.keys(type?.getFields() ?? {}));
  return {
    query: names(schema.getQueryType()),
    mutation: names(schema.getMutationType()),
    subscription: names(schema.getSubscriptionType()),
  };
}
