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

/** POSTs to the API. Resolves with the GraphQL answer that came, errors of the service included. */
export async function post(apiKey: string, request: GraphQLRequest): Promise<{ status: number; body: ExecutionResult }> {
  let response: Response;
  try {
    response = await fetch(endpoint(), {
      method: 'POST',
      // An empty key is sent as none, so that the service says what is missing.
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(apiKey === '' ? {} : { 'x-api-key': apiKey }),
      },
      body: JSON.stringify(request),
      credentials: 'omit',
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
