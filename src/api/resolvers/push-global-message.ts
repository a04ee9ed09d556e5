import type { MutationResolvers } from '../../generated/graphql/types.js';

export const pushGlobalMessage: NonNullable<MutationResolvers['pushGlobalMessage']> = (
  _root,
  { input },
  { principal, useCases },
) => useCases.pushGlobalMessage(principal.tenantId, input);
