import { type GraphQLRequestListener, HeaderMap } from '@apollo/server';
import {
  createSourceEventStream,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Logger } from '../../core/ports/logger.js';
import { describeFault, formatError } from '../errors/graphql-errors.js';
import type { Following } from './following.js';
import type { SourceEvent } from './sse-subscription.js';

export interface SubscribingContext {
  /** Where a subscription may begin; null where the answer is JSON. */
  following: Following | null;
  requestId: string;
  logger: Logger;
}

type Respond<Context extends SubscribingContext> = NonNullable<GraphQLRequestListener<Context>['responseForOperation']>;

/** @throws GraphQLError for a subscription whose answer would be JSON */
export function refuseOverJson({ operation, contextValue }: Resolved): void {
  if (operation?.operation !== 'subscription' || contextValue.following !== null) return;
  throw new GraphQLError('a subscription is answered as text/event-stream: ask by POST and accept that', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}

interface Resolved {
  operation?: OperationDefinitionNode | undefined;
  contextValue: SubscribingContext;
}

/**
 * Lets a subscription begin where a query would be executed: its document has come by the way that all
 * documents come, with its limits, validation and errors.
 *
 * @param contextOfEvent makes the context in which one event is executed
 */
export const subscribing =
  <Context extends SubscribingContext>(schema: GraphQLSchema, contextOfEvent: (context: Context) => Context): Respond<Context> =>
  async ({ document, request, contextValue }) => {
    const { following } = contextValue;
    if (following === null) return null;
    const { operationName, variables: variableValues } = request;
    const args = { schema, document, operationName, variableValues, contextValue };
    const source = await createSourceEventStream(args).catch((error) => {
      following.refuse(error);
      throw error;
    });
    if (!isSource(source)) {
      const [error] = (source as ExecutionResult).errors ?? [];
      following.refuse(error?.originalError ?? error);
      // Apollo executes the operation, which fails again in the same way, and words the error.
      return null;
    }
    following.begin(source, async (event) => {
      const context = contextOfEvent(contextValue);
      return described(await execute({ ...args, rootValue: event, contextValue: context }), context);
    });
    return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: {} } };
  };

/** The resolvers of subscriptions answer with pages of events. */
const isSource = (value: object): value is AsyncIterable<readonly SourceEvent[]> => Symbol.asyncIterator in value;

function described(result: ExecutionResult, context: SubscribingContext): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map((error) => describeFault(formatError(error.toJSON(), error), error, context));
  // They become JSON as they are.
  return { ...result, errors: errors as unknown as readonly GraphQLError[] };
}
