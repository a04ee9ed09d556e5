import type { MutationResolvers } from '../generated/types.js';

export const publishEvents: NonNullable<MutationResolvers['publishEvents']> = (_root, { input }, { principal, useCases }) =>
  useCases.publishEvents(principal.tenantId, input);
