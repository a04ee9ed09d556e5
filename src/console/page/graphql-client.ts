import type { DocumentNode, ExecutionResult } from 'graphql';
import { getOperationAST, parse, print } from 'graphql';

/** Holds what is POSTed, in the words of GraphQL over HTTP. */
export interface GraphQLRequest {
  query: string;
  variables?: unknown;
  operationName?: string | null;
}

/** Reports that a call failed as a whole. `message` is for the person in front of the page. */
class QueryFailed extends Error {
  override readonly name = 'QueryFailed';
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Waits at most this long for an answer, in milliseconds. */
const ANSWER_MS = 60_000;

/** Returns the API's address, which is the page's own, whatever prefix a proxy gave it. */
const endpoint = () => window.location.pathname;

/**
 * Drops the name of an operation that the document lacks: after a change of tabs GraphiQL still sends the old
 * one.
 */
export function withKnownOperation(request: GraphQLRequest): GraphQLRequest {
  try {
    return getOperationAST(parse(request.query), request.operationName) ? request : { ...request, operationName: null };
  } catch {
    // The text is not a document: the API says what is wrong with it.
    return request;
  }
}

/**
 * POSTs to the API. Resolves with the GraphQL answer that came, errors of the service included.
 * @throws QueryFailed if none came, or if there is no key to ask with
 */
export async function post(apiKey: string, request: GraphQLRequest): Promise<{ status: number; body: ExecutionResult }> {
  if (apiKey === '') throw new QueryFailed('Enter an API key first.', 0);
  let response: Response;
  try {
    response = await fetch(endpoint(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify(request),
      credentials: 'omit',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    throw new QueryFailed('The API did not answer. Is the server running?', 0);
  }
  try {
    return { status: response.status, body: (await response.json()) as ExecutionResult };
  } catch {
    throw new QueryFailed(`The answer was not GraphQL (HTTP ${response.status}).`, response.status);
  }
}

/**
 * POSTs to the API. Resolves with the data.
 * @throws QueryFailed in every other case
 */
export async function query<Data>(apiKey: string, document: DocumentNode, variables?: object): Promise<Data> {
  const { status, body } = await post(apiKey, { query: print(document), variables });
  if (status === 401) throw new QueryFailed('This API key is unknown, expired or revoked.', 401);
  if (body.errors?.length) throw new QueryFailed(body.errors.map((error) => error.message).join(' '), status);
  return body.data as Data;
}
