import type { MutationResolvers } from '../../generated/graphql/types.js';

export const createTopic: NonNullable<MutationResolvers['createTopic']> = (_root, { input }, { principal, useCases }) =>
  useCases.createTopic(principal.tenantId, input);
