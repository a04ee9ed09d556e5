import type { QueryResolvers } from '../../generated/graphql/types.js';

export const version: NonNullable<QueryResolvers['version']> = (_root, _args, { useCases }) => useCases.version();
