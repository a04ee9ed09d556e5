import type { QueryResolvers } from '../generated/types.js';

export const version: NonNullable<QueryResolvers['version']> = (_root, _args, { useCases }) => useCases.version();
