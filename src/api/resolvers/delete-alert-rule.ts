import type { MutationResolvers } from '../../generated/graphql/types.js';

export const deleteAlertRule: NonNullable<MutationResolvers['deleteAlertRule']> = (_root, { input }, { principal, useCases }) =>
  useCases.deleteAlertRule(principal.tenantId, input);
