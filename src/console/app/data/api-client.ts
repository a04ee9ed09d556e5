import { ApiFailure, failureKind } from './api-failure.js';
import type { Operation } from './operation.js';

/** Asks one question of the API. */
export type Ask = <Data, Variables>(
  document: Operation<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
) => Promise<Data>;

interface GraphQLAnswer {
  data?: unknown;
  errors?: ReadonlyArray<{ message: string; extensions?: { code?: string; retryAfter?: number; requestId?: string } }>;
}

/** Waits at most this long for an answer, in milliseconds. */
const ANSWER_MS = 60_000;

/**
 * Returns the API's address from the page's, which is `…/console`, with or without a slash at its end,
 * whatever prefix a proxy put before it.
 */
export const apiAddress = (pathname: string): string => pathname.replace(/\/?[^/]*\/*$/, '/graphql');

/**
 * Makes what asks the API with a key. An answer counts only as a whole: with an error in it, it is a failure.
 * @throws (the function returned) ApiFailure; AbortError once the signal was given
 */
export function createAsk(apiKey: string): Ask {
  const url = apiAddress(window.location.pathname);
  return async (document, variables, signal) => {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    const response = await send(url, apiKey, JSON.stringify({ query: document.text, variables }), [
      timeout,
      ...(signal ? [signal] : []),
    ]);
    const requestId = response.headers.get('x-request-id');
    const answer = await readAnswer(response, requestId, signal);
    const error = answer.errors?.[0];
    if (error === undefined && response.ok) return answer.data as never;
    const { code, retryAfter } = error?.extensions ?? {};
    const seconds = retryAfter ?? Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new ApiFailure(failureKind(code, response.status), error?.message ?? `HTTP ${response.status}`, {
      code,
      requestId: error?.extensions?.requestId ?? requestId,
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
    });
  };
}

async function send(url: string, apiKey: string, body: string, signals: AbortSignal[]): Promise<Response> {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': apiKey },
      body,
      credentials: 'omit',
      signal: controller.signal,
    });
  } catch (error) {
    if (signals.at(-1)?.aborted && signals.length > 1) throw error;
    throw new ApiFailure('unreachable', 'no answer came');
  }
}

async function readAnswer(response: Response, requestId: string | null, signal: AbortSignal | undefined): Promise<GraphQLAnswer> {
  try {
    return (await response.json()) as GraphQLAnswer;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFailure(failureKind(undefined, response.status), `no answer in GraphQL (HTTP ${response.status})`, {
      requestId,
    });
  }
}
