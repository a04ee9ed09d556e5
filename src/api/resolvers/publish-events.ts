import type { MutationResolvers } from '../../generated/graphql/types.js';

export const publishEvents: NonNullable<MutationResolvers['publishEvents']> = (_root, { input }, { principal, useCases }) =>
  useCases.publishEvents(principal.tenantId, input);
