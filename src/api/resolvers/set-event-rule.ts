import type { MutationResolvers } from '../../generated/graphql/types.js';

export const setEventRule: NonNullable<MutationResolvers['setEventRule']> = (_root, { input }, { principal, useCases }) =>
  useCases.setEventRule(principal.tenantId, input);
