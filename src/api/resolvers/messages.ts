import type { QueryResolvers } from '../../generated/graphql/types.js';

export const messages: NonNullable<QueryResolvers['messages']> = (_root, args, { principal, useCases }) =>
  useCases.listMessages(principal.tenantId, args);
