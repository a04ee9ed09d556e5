import type { QueryResolvers } from '../generated/types.js';

export const message: NonNullable<QueryResolvers['message']> = (_root, { id }, { principal, useCases }) =>
  useCases.findMessage(principal.tenantId, id);
