import type { GraphQLFieldResolver } from 'graphql';
import type { OperationType } from '../../core/domain/scope.js';
import type { AuditContext } from './audit-trail.js';
import { AUDITED_MUTATIONS, AUDITED_READS, WATCHED_ROLE } from './audited-operations.js';

/**
 * Has the audit log told of a root field, whether it is answered or refused. A field that has no entry
 * stays as
 * it is.
 */
export function auditField<Context extends AuditContext>(
  operation: OperationType,
  field: string,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  if (operation === 'mutation' && Object.hasOwn(AUDITED_MUTATIONS, field)) return auditMutation(field, resolve);
  return operation === 'query' && Object.hasOwn(AUDITED_READS, field) ? auditRead(field, resolve) : resolve;
}

function auditMutation<Context extends AuditContext>(
  operation: string,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  const { subject, severalSteps = false } = AUDITED_MUTATIONS[operation as keyof typeof AUDITED_MUTATIONS];
  return (root, args, context, info) =>
    context.audit.mutation(context, { operation, subject: subject(args as never), severalSteps }, async (note) =>
      resolve(root, args, { ...context, note }, info),
    );
}

function auditRead<Context extends AuditContext>(
  operation: string,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  const rule = AUDITED_READS[operation];
  return (root, args, context, info) => {
    if (context.principal.role !== WATCHED_ROLE || rule === undefined) return resolve(root, args, context, info);
    const recipientOf = (answer: unknown) => rule.recipient(args as never, answer as never);
    return context.audit.read(context, operation, recipientOf, async () => resolve(root, args, context, info));
  };
}
