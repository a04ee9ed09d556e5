import type { MutationResolvers } from '../generated/types.js';

export const pushGlobalMessage: NonNullable<MutationResolvers['pushGlobalMessage']> = (
  _root,
  { input },
  { principal, useCases },
) => useCases.pushGlobalMessage(principal.tenantId, input);
