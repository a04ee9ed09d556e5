import type { QueryResolvers } from '../../generated/graphql/types.js';

export const message: NonNullable<QueryResolvers['message']> = (_root, { id }, { principal, useCases }) =>
  useCases.findMessage(principal.tenantId, id);
