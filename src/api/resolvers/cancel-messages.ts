import type { MutationResolvers } from '../../generated/graphql/types.js';

export const cancelMessages: NonNullable<MutationResolvers['cancelMessages']> = (_root, { input }, { principal, useCases }) =>
  useCases.cancelMessages(principal.tenantId, input);
