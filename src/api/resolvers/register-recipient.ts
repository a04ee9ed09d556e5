import type { MutationResolvers } from '../../generated/graphql/types.js';

export const registerRecipient: NonNullable<MutationResolvers['registerRecipient']> = (
  _root,
  { input },
  { principal, useCases },
) => useCases.registerRecipient(principal.tenantId, input);
