import type { QueryResolvers } from '../../generated/graphql/types.js';

export const eventRules: NonNullable<QueryResolvers['eventRules']> = (_root, _args, { principal, useCases }) =>
  useCases.eventRules(principal.tenantId);
