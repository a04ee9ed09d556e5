import type { MutationResolvers } from '../../generated/graphql/types.js';

export const revokeRecipient: NonNullable<MutationResolvers['revokeRecipient']> = (_root, { input }, { principal, useCases }) =>
  useCases.revokeRecipient(principal.tenantId, input);
