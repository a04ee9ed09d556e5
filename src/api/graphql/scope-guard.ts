import type { GraphQLFieldResolver } from 'graphql';
import { TidingsError } from '../../core/domain/errors.js';
import type { OperationType } from '../../core/domain/scope.js';
import { auditField } from '../audit/audited-field.js';
import { toGraphQLError } from '../errors/graphql-errors.js';
import { tellFailed, tellPush } from './call-lines.js';
import type { ApiContext } from './request-context.js';

export type RootResolver = GraphQLFieldResolver<unknown, ApiContext>;

const ONE_REQUEST = { requests: 1 } as const;

/**
 * Guards a root field: it counts as a request of the tenant, is executed only if the key's scope grants it,
 * the audit log is told of it, and its errors are turned into what callers may know.
 */
export function guardByScope(operation: OperationType, field: string, resolve: RootResolver): RootResolver {
  const granted: RootResolver = (root, args, context, info) => {
    if (!context.principal.scope.allows(operation, field)) {
      throw new TidingsError('FORBIDDEN', `the scope of this key does not grant ${operation}:${field}`);
    }
    return resolve(root, args, context, info);
  };
  const answer = auditField<ApiContext>(operation, field, (root, args, context, info) => {
    // The fields of a request come here in their order, each until it waits for something.
    const counted = context.limiter.charge(context.principal.tenantId, ONE_REQUEST);
    return counted === undefined ? granted(root, args, context, info) : counted.then(() => granted(root, args, context, info));
  });
  return async (root, args, context, info) => {
    try {
      const result = await answer(root, args, context, info);
      if (context.debug.enabled) tellPush(context, field, args);
      return result;
    } catch (error) {
      if (context.debug.enabled) tellFailed(context, field, error);
      throw toGraphQLError(error, context);
    }
  };
}
