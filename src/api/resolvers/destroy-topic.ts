import type { MutationResolvers } from '../../generated/graphql/types.js';

export const destroyTopic: NonNullable<MutationResolvers['destroyTopic']> = (_root, { input }, { principal, useCases }) =>
  useCases.destroyTopic(principal.tenantId, input);
