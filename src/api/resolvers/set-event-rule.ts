import type { MutationResolvers } from '../generated/types.js';

export const setEventRule: NonNullable<MutationResolvers['setEventRule']> = (_root, { input }, { principal, useCases }) =>
  useCases.setEventRule(principal.tenantId, input);
