import { Agent, type Dispatcher } from 'undici';
import type { AddressPolicy } from '../../core/validation/webhook/address-policy.js';
import { mayReach } from '../../core/validation/webhook/webhook-url.js';
import type { Timers } from '../../lib/time/timers.js';
import { isReadable, readStart } from './answer-start.js';
import { failureWords } from './failure-words.js';
import { AddressNotAllowed, guardedConnector } from './guarded-connector.js';
import type { ResolveName } from './name-resolver.js';

/** Gives an attempt so many milliseconds from its look-up to the head of its answer. */
const ATTEMPT_MS = 15_000;
/** Gives the rest of an answer so many, within those. */
const BODY_MS = 2_000;

export interface WebhookRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What came of an attempt. */
export interface WebhookAnswer {
  /** Is null if no answer came. */
  httpStatus: number | null;
  error: string | null;
  /** The text of `Retry-After`. */
  retryAfter: string | null;
  /** The first 256 characters of a text; null from addresses that only the operator's list permits. */
  responseStart: string | null;
  durationMs: number;
}

interface ClientOptions {
  policy: AddressPolicy;
  resolve: ResolveName;
  timers: Timers;
  /** Certificates to trust beside the usual ones, for tests. */
  ca?: string | undefined;
}

const headerText = (value: string | string[] | undefined): string | null => (value === undefined ? null : value.toString());

/**
 * Posts to the URLs of webhooks. Every connection goes to an address that was judged; redirects are not
 * followed, and no cookies, credentials or proxies of the environment are used.
 */
export class WebhookClient {
  readonly #timers: Timers;
  /** For addresses that anybody may reach. */
  readonly #open: Agent;
  /** For those that the operator lists; null if there are none. */
  readonly #listed: Agent | null;

  constructor({ policy, resolve, timers, ca }: ClientOptions) {
    this.#timers = timers;
    const agent = (judge: (origin: URL, address: string) => boolean) =>
      new Agent({
        connect: guardedConnector({ permits: judge, resolve, timeoutMs: ATTEMPT_MS, ca }),
        headersTimeout: 0,
        bodyTimeout: 0,
        pipelining: 1,
      });
    this.#open = agent((origin, address) => {
      const { global } = policy.judge(address);
      return mayReach(origin, { global, listed: false });
    });
    this.#listed = policy.listsSome ? agent((_origin, address) => policy.judge(address).listed) : null;
  }

  async post(request: WebhookRequest): Promise<WebhookAnswer> {
    const began = this.#timers.now();
    const deadline = new AbortController();
    const cancel = this.#timers.after(ATTEMPT_MS, () => deadline.abort());
    const answer = await this.#try(request, deadline).catch((error: unknown) => ({
      ...{ httpStatus: null, retryAfter: null, responseStart: null },
      error: deadline.signal.aborted ? `no answer within ${ATTEMPT_MS / 1000} s` : failureWords(error),
    }));
    cancel();
    return { ...answer, durationMs: Math.round(this.#timers.now() - began) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#open.destroy(), this.#listed?.destroy()]);
  }

  async #try(request: WebhookRequest, deadline: AbortController): Promise<Omit<WebhookAnswer, 'durationMs'>> {
    try {
      return await this.#ask(this.#open, request, deadline);
    } catch (error) {
      if (!(error instanceof AddressNotAllowed) || this.#listed === null) throw error;
      return { ...(await this.#ask(this.#listed, request, deadline)), responseStart: null };
    }
  }

  async #ask(agent: Agent, { url, headers, body }: WebhookRequest, deadline: AbortController) {
    const answer = await agent.request({ ...targetOf(url), method: 'POST', headers, body, signal: deadline.signal });
    const cancel = this.#timers.after(BODY_MS, () => deadline.abort());
    const start = await readStart(answer.body);
    cancel();
    return { ...headOf(answer), responseStart: isReadable(answer.headers) && start !== '' ? start : null };
  }
}

function targetOf(text: string): { origin: string; path: string } {
  const url = new URL(text);
  return { origin: url.origin, path: `${url.pathname}${url.search}` };
}

function headOf({ statusCode, headers }: Dispatcher.ResponseData) {
  const isRedirect = statusCode >= 300 && statusCode < 400;
  return {
    httpStatus: statusCode,
    error: isRedirect ? 'redirects are not followed' : null,
    retryAfter: headerText(headers['retry-after']),
  };
}
