import type { MutationResolvers } from '../../generated/graphql/types.js';

export const pushMessage: NonNullable<MutationResolvers['pushMessage']> = (_root, { input }, { principal, useCases }) =>
  useCases.pushMessage(principal.tenantId, input);
