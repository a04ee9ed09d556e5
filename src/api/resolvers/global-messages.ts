import type { QueryResolvers } from '../../generated/graphql/types.js';

export const globalMessages: NonNullable<QueryResolvers['globalMessages']> = (_root, args, { principal, useCases }) =>
  useCases.listGlobalMessages(principal.tenantId, args);
