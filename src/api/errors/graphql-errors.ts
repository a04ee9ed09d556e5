import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type ErrorCode, TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import { isErrorLimit, refusedValue } from './variable-error-paths.js';

// The only place that translates errors to GraphQL, and to an HTTP status where the whole call fails.

/** HTTP statuses of calls of which nothing succeeded. Every other code is answered with 200. */
const FAILED_CALL_STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
};

const FAULT = 'Internal server error';

interface Fault {
  requestId: string;
  logger: Logger;
}

/**
 * Describes an error as far as a caller may know it. An error that is not a TidingsError is a fault of the
 * service: it is logged, and the caller gets its id only.
 */
export function describeError(error: unknown, { requestId, logger }: Fault): GraphQLFormattedError {
  if (error instanceof TidingsError) return { message: error.message, extensions: { code: error.code, ...error.details } };
  logger.error({ requestId, err: loggable(error) }, 'unexpected fault');
  return { message: FAULT, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}

/**
 * Keeps the texts of messages out of the log. Errors of the database also have attributes with the values of
 * the row that failed, and graphql-js shows values in its messages: of its errors only path and stack frames
 * are logged.
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

/** Returns a stack without the message that it begins with. */
function framesOf({ message, stack = '' }: Error): string | undefined {
  const start = stack.indexOf(message);
  return start === -1 ? undefined : stack.slice(start + message.length).trim();
}

/** Turns the error of a resolver into a GraphQL error. */
export function toGraphQLError(error: unknown, fault: Fault): GraphQLError {
  const { message, extensions } = describeError(error, fault);
  return new GraphQLError(message, { extensions });
}

/** Replaces graphql-js's message, which shows the whole argument. */
const NULL_REFUSED = 'a variable is null where there must be a value';

/** Tells a fault that GraphQL met and nobody has described yet: it has no id. */
const isUndescribed = ({ extensions }: GraphQLFormattedError): boolean =>
  extensions?.code === 'INTERNAL_SERVER_ERROR' && extensions.requestId === undefined;

/**
 * Formats every error. One that GraphQL could not foresee has no code yet; the caller gets neither its
 * message
 * nor its details. `describeFault` adds the request's id, which is not known here.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  if (!isUndescribed(formatted)) return formatted;
  if (refusedValue(error)) return { ...formatted, message: NULL_REFUSED, extensions: { code: 'BAD_USER_INPUT' } };
  if (isErrorLimit(error)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } };
  return { ...formatted, message: FAULT, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** Describes and logs a fault that GraphQL met. Other errors stay as they are. */
export const describeFault = (formatted: GraphQLFormattedError, error: unknown, fault: Fault): GraphQLFormattedError =>
  isUndescribed(formatted) ? { ...formatted, ...describeError(error, fault) } : formatted;

/** Returns the HTTP status of a call of which nothing succeeded; null if it is 200. */
export function failedCallStatus(errors: readonly GraphQLFormattedError[]): number | null {
  const statuses = errors.map(({ extensions }) => FAILED_CALL_STATUS[extensions?.code as ErrorCode] ?? 0);
  const status = Math.max(0, ...statuses);
  return status === 0 ? null : status;
}

/** Makes the answer to a request that never became a GraphQL operation. */
export const badRequest = (message: string): { errors: GraphQLFormattedError[] } => ({
  errors: [{ message, extensions: { code: 'BAD_REQUEST' } }],
});
