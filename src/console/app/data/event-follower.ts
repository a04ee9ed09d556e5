import { TidingsError } from '../../../../packages/sdk/src/call-errors.js';
import { subscribe } from '../../../../packages/sdk/src/follow.js';
import { systemSurroundings } from '../../../../packages/sdk/src/surroundings.js';
import { Transport } from '../../../../packages/sdk/src/transport.js';
import { apiAddress } from './api-client.js';
import { ApiFailure, failureKind } from './api-failure.js';
import type { Operation } from './operation.js';

/** Waits so long for the head of the answer, in milliseconds. */
const ANSWER_MS = 15_000;

/**
 * Follows a subscription as the SDK does: comes back by itself, and misses nothing. Ends when the service says that
 * this was all.
 *
 * @throws ApiFailure what the service refused; the signal's reason
 */
export async function* follow<Event, Variables extends object>(
  apiKey: string,
  { text }: Operation<Event, Variables>,
  variables: Variables,
  signal: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  const url = new URL(apiAddress(window.location.pathname), window.location.href).href;
  const transport = new Transport(url, apiKey, (address, init) => fetch(address, { ...init, credentials: 'omit' }));
  const question = { operation: null, document: text, variables, signal, timeoutMs: ANSWER_MS };
  try {
    yield* subscribe<Event>({ transport, surroundings: systemSurroundings, onRetry: undefined }, question);
  } catch (error) {
    throw error instanceof TidingsError ? failureOf(error) : error;
  }
}

const failureOf = ({ code, status, message, requestId }: TidingsError): ApiFailure =>
  new ApiFailure(failureKind(code, status ?? 0), message, { code, requestId });
