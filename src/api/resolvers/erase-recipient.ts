import type { MutationResolvers } from '../../generated/graphql/types.js';

export const eraseRecipient: NonNullable<MutationResolvers['eraseRecipient']> = (_root, { input }, { principal, useCases }) =>
  useCases.eraseRecipient(principal.tenantId, input);
