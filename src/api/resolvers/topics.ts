import type { QueryResolvers } from '../../generated/graphql/types.js';

export const topics: NonNullable<QueryResolvers['topics']> = (_root, _args, { principal, useCases }) =>
  useCases.topics(principal.tenantId);
