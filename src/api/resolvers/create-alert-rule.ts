import type { MutationResolvers } from '../../generated/graphql/types.js';

export const createAlertRule: NonNullable<MutationResolvers['createAlertRule']> = (_root, { input }, { principal, useCases }) =>
  useCases.createAlertRule(principal.tenantId, input);
