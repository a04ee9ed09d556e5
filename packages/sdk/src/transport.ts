import { ConnectionError, type ErrorFacts, errorOf, TidingsError } from './call-errors.js';
import { withDeadline } from './deadline.js';
import { VERSION } from './generated/operations.js';

/** The function of the standard, as Node has it; a caller can give one of its own, for a proxy or a certificate. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Question {
  operation: string | null;
  document: string;
  variables: object;
  signal: AbortSignal | undefined;
  timeoutMs: number;
}

/** Codes of node and of its HTTP client for what happened before anything was sent. */
const NOTHING_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/;

/** Asks one API node by HTTP. */
export class Transport {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: Fetch;

  constructor(url: string, apiKey: string, fetch: Fetch) {
    this.#url = endpointOf(url);
    // The HTTP client would quote what it refuses, and the key belongs in no log.
    if (typeof apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(apiKey))
      throw new TypeError('apiKey must be the text of an API key, without blanks');
    this.#headers = { 'x-api-key': apiKey, 'content-type': 'application/json', 'user-agent': `tidings-sdk/${VERSION}` };
    this.#fetch = fetch;
  }

  /** @throws TidingsError; the signal's reason if that aborts */
  ask(question: Question): Promise<unknown> {
    const { operation, signal, timeoutMs } = question;
    return withDeadline(signal, timeoutMs, async (within, isOver) => {
      let response: Response;
      let text: string;
      try {
        response = await this.#post(question, { accept: 'application/json' }, within);
        text = await response.text();
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw isOver() ? timedOut(operation, timeoutMs) : unreachable(operation, error);
      }
      return dataOf(response, text, operation);
    });
  }

  /**
   * Opens a stream of server-sent events. The timeout is that of the answer's head.
   *
   * @throws TidingsError; the signal's reason if that aborts
   */
  async open(question: Question, lastEventId: string | null, stream: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { operation, timeoutMs } = question;
    const headers = { accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) };
    const controller = new AbortController();
    const onAbort = () => controller.abort(stream.reason);
    stream.addEventListener('abort', onAbort, { once: true });
    const response = await withDeadline(stream, timeoutMs, async (within, isOver) => {
      const onOver = () => controller.abort();
      within.addEventListener('abort', onOver, { once: true });
      try {
        return await this.#post(question, headers, controller.signal);
      } catch (error) {
        if (stream.aborted) throw stream.reason;
        throw isOver() ? timedOut(operation, timeoutMs) : unreachable(operation, error);
      } finally {
        within.removeEventListener('abort', onOver);
      }
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (response.status === 200 && isStream && response.body) return response.body;
    const text = await response.text().catch((error: unknown) => {
      throw unreachable(operation, error);
    });
    dataOf(response, text, operation);
    throw unexpected(response, operation);
  }

  #post({ document, variables }: Question, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.#fetch(this.#url, {
      method: 'POST',
      headers: { ...this.#headers, ...headers },
      body: JSON.stringify({ query: document, variables }),
      signal,
      // A redirect would carry the key to another place.
      redirect: 'manual',
    });
  }
}

/** Takes the node's address with or without `/graphql`, below a path of a proxy, too. */
function endpointOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError('url must be an address such as http://127.0.0.1:4000');
  if (url.username || url.password) throw new TypeError('url must have no user and password');
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/graphql') ? path : `${path}/graphql`;
  url.hash = '';
  return url.href;
}

interface Body {
  data?: Record<string, unknown> | null;
  errors?: Array<{ message?: string; extensions?: Record<string, unknown> }>;
}

function dataOf(response: Response, text: string, operation: string | null): unknown {
  const body = bodyOf(text);
  const [error] = body?.errors ?? [];
  if (error !== undefined) throw errorOf(factsOf(response, error, operation));
  if (response.status === 200 && body?.data) return body.data;
  throw unexpected(response, operation);
}

function factsOf(response: Response, error: NonNullable<Body['errors']>[number], operation: string | null): ErrorFacts {
  const retryAfter = retryAfterOf(response);
  const extensions: Record<string, unknown> = { ...(retryAfter === null ? {} : { retryAfter }), ...error.extensions };
  return {
    code: typeof extensions.code === 'string' ? extensions.code : codeByStatus(response.status),
    message: error.message ?? `the service answered ${response.status}`,
    operation,
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    extensions,
  };
}

function bodyOf(text: string): Body | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : null;
  } catch {
    return null;
  }
}

/** Makes the error of an answer that is none of the service, but of a proxy before it, or of another program. */
function unexpected(response: Response, operation: string | null): TidingsError {
  const { status } = response;
  const retryAfter = retryAfterOf(response);
  const words = status === 200 ? 'something that is no answer of Tidings' : `${status}`;
  return errorOf({
    code: codeByStatus(status),
    message: `the address answered ${words}: is it that of an API node?`,
    operation,
    status,
    requestId: response.headers.get('x-request-id'),
    extensions: retryAfter === null ? {} : { retryAfter },
  });
}

function codeByStatus(status: number): string {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 429) return 'RATE_LIMITED';
  // A gateway's own: the node behind it is gone, or has not answered.
  return status >= 502 ? 'SERVICE_UNAVAILABLE' : 'UNEXPECTED_ANSWER';
}

/** Reads RFC 9110's `Retry-After`, as seconds or as a date. */
function retryAfterOf({ headers }: Response): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

const timedOut = (operation: string | null, timeoutMs: number) =>
  new ConnectionError({
    code: 'TIMEOUT',
    message: `no answer within ${timeoutMs} ms`,
    operation,
    extensions: { outcome: 'UNKNOWN' },
  });

/** Makes the error of a connection that could not be made, or that broke. */
export function unreachable(operation: string | null, error: unknown): TidingsError {
  if (error instanceof TidingsError) return error;
  // Node says why below "fetch failed".
  const cause = causeOf(error) ?? error;
  const code = isObject(cause) && typeof cause.code === 'string' ? cause.code : null;
  const isLasting = code !== null && /CERT|TLS|SSL/.test(code);
  const outcome = code !== null && (isLasting || NOTHING_SENT.test(code)) ? 'NOT_ACCEPTED' : 'UNKNOWN';
  const words = (isObject(cause) && cause.message) || code || String(cause);
  return new ConnectionError({
    code: 'CONNECTION_FAILED',
    message: `the service cannot be reached: ${words}`,
    operation,
    extensions: { outcome, ...(isLasting ? { isLasting } : {}) },
    cause: error,
  });
}

const isObject = (value: unknown): value is { cause?: unknown; code?: unknown; message?: string } =>
  typeof value === 'object' && value !== null;

const causeOf = (error: unknown) => (isObject(error) && isObject(error.cause) ? error.cause : null);
