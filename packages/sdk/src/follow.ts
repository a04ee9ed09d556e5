import { errorOf, RateLimitedError, type TidingsError } from './call-errors.js';
import { backoffMs, isPassing, type Retry } from './retry.js';
import { readEvents } from './sent-events.js';
import type { Surroundings } from './surroundings.js';
import { type Question, type Transport, unreachable } from './transport.js';

/** The service writes a comment every 15 s: a stream that says nothing for so long, in milliseconds, is dead. */
const SILENT_MS = 45_000;

interface SubscriptionDeps {
  transport: Transport;
  surroundings: Surroundings;
  onRetry: ((retry: Retry) => void) | undefined;
}

/**
 * Follows a subscription for as long as its reader wants. A connection that ends without a word is made again, from
 * the last event on; the service has told why if it ends with one.
 *
 * @throws TidingsError what the service refused
 */
export async function* subscribe<Event>(deps: SubscriptionDeps, question: Question): AsyncGenerator<Event, void, undefined> {
  const { operation } = question;
  let position: string | null = null;
  let failed = 0;
  while (true) {
    let ended: TidingsError = unreachable(operation, new Error('the stream ended before its subscription did'));
    try {
      for await (const event of connected(deps, question, position)) {
        failed = 0;
        position = event.id ?? position;
        if (event.type === 'complete') return;
        if (event.type === 'next') yield resultOf<Event>(event.data, operation);
      }
    } catch (error) {
      ended = requirePassing(error, question);
    }
    failed++;
    await pause(deps, question, ended, failed);
  }
}

/** Throws again what the same subscription would only meet again. */
function requirePassing(error: unknown, { signal }: Question): TidingsError {
  if (!signal?.aborted && (isPassing(error) || error instanceof RateLimitedError)) return error;
  throw error;
}

async function pause(
  { surroundings, onRetry }: SubscriptionDeps,
  { operation, signal }: Question,
  error: TidingsError,
  attempt: number,
) {
  const { retryAfter } = error.extensions;
  const delayMs = Math.max(typeof retryAfter === 'number' ? retryAfter * 1000 : 0, backoffMs(attempt, surroundings.random));
  onRetry?.({ operation, error, attempt, delayMs });
  await surroundings.sleep(delayMs, signal);
}

async function* connected({ transport }: SubscriptionDeps, question: Question, position: string | null) {
  const { signal, operation } = question;
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  if (signal?.aborted) throw signal.reason;
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const body = await transport.open(question, position, controller.signal);
    yield* readEvents(chunksOf(body, operation, controller));
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Also where the reader has had enough.
    controller.abort();
  }
}

/** Reads what arrives. Time that the reader takes for itself does not count as silence. */
async function* chunksOf(body: ReadableStream<Uint8Array>, operation: string | null, controller: AbortController) {
  const reader = body.getReader();
  const read = async () => {
    const timer = setTimeout(() => controller.abort(new Error(`nothing came for ${SILENT_MS} ms`)), SILENT_MS);
    try {
      return await reader.read();
    } catch (error) {
      throw unreachable(operation, error);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    for (let chunk = await read(); !chunk.done; chunk = await read()) yield chunk.value;
  } finally {
    // Also where nobody wants more of it.
    void reader.cancel().catch(() => {});
  }
}

interface Result {
  data?: Record<string, unknown> | null;
  errors?: Array<{ message: string; extensions?: Record<string, unknown> }>;
}

function resultOf<Event>(json: string, operation: string | null): Event {
  const { data, errors } = JSON.parse(json) as Result;
  const [error] = errors ?? [];
  if (error === undefined) return Object.values(data ?? {})[0] as Event;
  const { extensions = {} } = error;
  const code = typeof extensions.code === 'string' ? extensions.code : 'UNEXPECTED_ANSWER';
  throw errorOf({ code, message: error.message, operation, status: 200, extensions });
}
