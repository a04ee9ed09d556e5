import { type GraphQLFieldResolver, Kind } from 'graphql';
import { FairSemaphore } from '../../lib/fair-semaphore.js';
import type { ExecutionContext } from './executor.js';

/**
 * Lets this many root fields of one request be under way at once. Each may be a statement: hundreds of them,
 * under other names, would ask for all connections of the pool.
 */
const FIELDS_AT_ONCE = 2;
/** The semaphore is a request's own: all its fields are one owner's. */
const ONE = '';

/** Resolves the root fields of a query in their order, a few at a time. Those of a mutation go one by one. */
export const inTurn =
  <Context extends ExecutionContext>(resolve: GraphQLFieldResolver<unknown, Context>): GraphQLFieldResolver<unknown, Context> =>
  async (root, args, context, info) => {
    const { selections } = info.operation.selectionSet;
    if (selections.length === 1 && selections[0]?.kind === Kind.FIELD) return resolve(root, args, context, info);
    context.fieldTurns ??= new FairSemaphore(FIELDS_AT_ONCE);
    const turns = context.fieldTurns;
    await turns.acquire(ONE);
    try {
      return await resolve(root, args, context, info);
    } finally {
      turns.release();
    }
  };
