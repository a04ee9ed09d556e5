import type { QueryResolvers } from '../../generated/graphql/types.js';

export const alertRules: NonNullable<QueryResolvers['alertRules']> = (_root, _args, { principal, useCases }) =>
  useCases.alertRules(principal.tenantId);
