import type { GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { describeFault, failedCallStatus } from '../errors/graphql-errors.js';
import { fieldsOfVariableErrors } from '../errors/variable-error-paths.js';
import { JSON_TYPE, type MediaType } from '../http/media-type.js';
import type { ApiContext } from './request-context.js';

/** Codes of requests that are valid HTTP but whose operation cannot be executed. */
const OPERATION_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

type AnswerContext = GraphQLRequestContextWillSendResponse<ApiContext>;
type HttpAnswer = AnswerContext['response']['http'];

/**
 * Sets the status and media type of an answer as GraphQL over HTTP says: what cannot be executed is 400 in
 * `application/graphql-response+json` and 200 in `application/json`; a call of which nothing succeeded has
 * the status of its error, and then no data, since data goes with 2xx only. Errors get what only the request
 * knows: its id, and the path of a wrong input.
 */
export async function setStatus(context: AnswerContext): Promise<void> {
  const { http, body } = context.response;
  const { mediaType } = context.contextValue;
  http.headers.set('content-type', `${mediaType}; charset=utf-8`);
  if (body.kind !== 'single' || !body.singleResult.errors) return;

  const result = body.singleResult;
  const errors = nameFields(describeFaults(body.singleResult.errors, context), context);
  result.errors = errors;
  setRetryAfter(http, errors);
  if (result.data === undefined) setStatusOfUnexecuted(http, mediaType, errors);
  else if (nothingSucceeded(result.data, errors) && setStatusOfFailedCall(http, errors)) result.data = null;
}

function setStatusOfUnexecuted(http: HttpAnswer, mediaType: MediaType, errors: readonly GraphQLFormattedError[]): void {
  const soundRequest = errors.every(({ extensions }) => OPERATION_CODES.has(extensions?.code));
  if (soundRequest) http.status = mediaType === JSON_TYPE ? 200 : 400;
}

/** @returns whether the call has a status other than 200 */
function setStatusOfFailedCall(http: HttpAnswer, errors: readonly GraphQLFormattedError[]): boolean {
  const status = failedCallStatus(errors);
  if (status === null) return false;
  http.status = status;
  return true;
}

function setRetryAfter(http: HttpAnswer, errors: readonly GraphQLFormattedError[]): void {
  const waits = errors.flatMap(({ extensions }) => (typeof extensions?.retryAfter === 'number' ? [extensions.retryAfter] : []));
  // Earlier, one of the fields would be refused again.
  if (waits.length > 0) http.headers.set('retry-after', String(Math.max(...waits)));
}

function nothingSucceeded(data: Record<string, unknown> | null, errors: readonly GraphQLFormattedError[]): boolean {
  const failed = new Set(errors.map(({ path }) => path?.[0]));
  return Object.keys(data ?? {}).every((field) => field === '__typename' || failed.has(field));
}

function describeFaults(formatted: readonly GraphQLFormattedError[], context: AnswerContext): readonly GraphQLFormattedError[] {
  const { errors, contextValue } = context;
  return formatted.map((error, index) => describeFault(error, errors?.[index], contextValue));
}

function nameFields(formatted: readonly GraphQLFormattedError[], context: AnswerContext): readonly GraphQLFormattedError[] {
  const { errors, document, request, schema } = context;
  if (!errors || !document) return formatted;
  const fields = fieldsOfVariableErrors(errors, schema, document, request.variables ?? {});
  return formatted.map((error, index) => {
    const field = fields[index];
    return field ? { ...error, extensions: { ...error.extensions, field } } : error;
  });
}
