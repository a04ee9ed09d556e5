import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type ErrorCode, TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import { isErrorLimit, refusedValue } from './variable-error-paths.js';

// The one place that puts what went wrong into GraphQL's words, and into a status where the whole call fails.

/** HTTP statuses of calls of which nothing succeeded; every other code is answered with 200. */
const FAILED_CALL_STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
};

interface Fault {
  requestId: string;
  logger: Logger;
}

/** What a caller may know of an error. What is not a TidingsError is a fault of ours: it is logged, and only its id is told. */
export function describeError(error: unknown, { requestId, logger }: Fault): GraphQLFormattedError {
  if (error instanceof TidingsError) return { message: error.message, extensions: { code: error.code, ...error.details } };
  logger.error({ requestId, err: loggable(error) }, 'unexpected fault');
  return { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}

/**
 * A message's text must not get into the log. A database's errors also have attributes with the values of the row that failed, and
 * graphql-js shows values in its words: of its errors the log has the path and the stack's frames.
 */
function loggable(error: unknown): object {
  if (!(error instanceof Error)) return { message: `thrown: ${typeof error}` };
  const ofGraphQL = error instanceof GraphQLError;
  const cause = ofGraphQL ? error.originalError : error.cause;
  return {
    type: error.name,
    ...(ofGraphQL ? { path: error.path, stack: framesOf(error) } : { message: error.message, stack: error.stack }),
    ...('code' in error && { code: error.code }),
    ...(cause instanceof Error && { cause: loggable(cause) }),
  };
}

/** A stack without the message that it begins with. */
function framesOf({ message, stack = '' }: Error): string | undefined {
  const start = stack.indexOf(message);
  return start === -1 ? undefined : stack.slice(start + message.length).trim();
}

/** What a resolver throws. */
export function toGraphQLError(error: unknown, fault: Fault): GraphQLError {
  const { message, extensions } = describeError(error, fault);
  return new GraphQLError(message, { extensions });
}

/** Instead of graphql-js's words, which show all of the argument. */
const NULL_REFUSED = 'a variable is null where there must be a value';

/** The last look at every error: what GraphQL itself could not foresee has no code yet, and gets no words either. */
export const createFormatError =
  (logger: Logger) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { code, requestId } = formatted.extensions ?? {};
    if (code !== 'INTERNAL_SERVER_ERROR' || requestId !== undefined) return formatted;
    if (refusedValue(error)) return { ...formatted, message: NULL_REFUSED, extensions: { code: 'BAD_USER_INPUT' } };
    if (isErrorLimit(error)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } };
    return { ...formatted, ...describeError(error, { requestId: randomUUID(), logger }) };
  };

/** The HTTP status of a call of which nothing succeeded, if it is another than 200. */
export function failedCallStatus(errors: readonly GraphQLFormattedError[]): number | null {
  const statuses = errors.map(({ extensions }) => FAILED_CALL_STATUS[extensions?.code as ErrorCode] ?? 0);
  const status = Math.max(0, ...statuses);
  return status === 0 ? null : status;
}

/** The answer to a request that never became a GraphQL operation. */
export const badRequest = (message: string): { errors: GraphQLFormattedError[] } => ({
  errors: [{ message, extensions: { code: 'BAD_REQUEST' } }],
});
