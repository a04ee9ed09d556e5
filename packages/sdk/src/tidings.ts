import { randomUUID } from 'node:crypto';
import { TidingsError } from './call-errors.js';
import { subscribe } from './follow.js';
import { Operations } from './generated/operations.js';
import { Pages } from './item-pages.js';
import { type Retry, withRetries } from './retry.js';
import { type CallOptions, documentWith, type Operation, type Position } from './sdk-operation.js';
import { type Surroundings, systemSurroundings } from './surroundings.js';
import { type Fetch, type Question, Transport } from './transport.js';
import { Turns } from './turns.js';

export interface TidingsOptions {
  /** Address of an API node, or of the proxy before them, with or without `/graphql`. */
  url: string;
  /** An API key of the tenant. */
  apiKey: string;
  /** How long one attempt of a call may take, in milliseconds; 30,000 if not given. */
  timeoutMs?: number;
  /** For how long a call is repeated where that is safe, in milliseconds; 60,000 if not given, 0: never. */
  retryForMs?: number;
  /** Calls under way at once, at most, each with a connection that is kept; 64 if not given. More wait for their turn. */
  maxConcurrentCalls?: number;
  /** Hears of each call that is going to be repeated, for a log or a metric. */
  onRetry?: (retry: Retry) => void;
  /** Asks in the place of Node's own `fetch`, for a proxy or certificates of your own. */
  fetch?: Fetch;
}

const DEFAULTS = { timeoutMs: 30_000, retryForMs: 60_000, maxConcurrentCalls: 64 } as const;

/**
 * Talks to Tidings for one tenant: a method for each operation. Connections are kept and shared, so make one for the
 * whole program. A call that fails rejects with a TidingsError.
 */
export class Tidings extends Operations {
  readonly #transport: Transport;
  readonly #turns: Turns;
  readonly #timeoutMs: number;
  readonly #retryForMs: number;
  readonly #onRetry: ((retry: Retry) => void) | undefined;
  readonly #surroundings: Surroundings;

  /** @throws TypeError if an option cannot be right */
  constructor(options: TidingsOptions, surroundings: Surroundings = systemSurroundings) {
    super();
    const { timeoutMs = DEFAULTS.timeoutMs, retryForMs = DEFAULTS.retryForMs, onRetry } = options;
    const most = options.maxConcurrentCalls ?? DEFAULTS.maxConcurrentCalls;
    if (!Number.isInteger(most) || most < 1) throw new TypeError('maxConcurrentCalls must be a whole number from 1');
    this.#transport = new Transport(options.url, options.apiKey, options.fetch ?? ((url, init) => fetch(url, init)));
    this.#turns = new Turns(most);
    this.#timeoutMs = timeoutMs;
    this.#retryForMs = retryForMs;
    this.#onRetry = onRetry;
    this.#surroundings = surroundings;
  }

  /**
   * Asks by a document of your own, such as several fields at once. Only queries are repeated.
   *
   * @throws TidingsError also if only one of several fields failed
   */
  async graphql<Data = Record<string, unknown>>(
    document: string,
    variables: object = {},
    options: CallOptions = {},
  ): Promise<Data> {
    const isRepeatable = !/^\s*(mutation|subscription)\b/m.test(document);
    return (await this.#ask({ operation: null, document, variables }, isRepeatable, options)) as Data;
  }

  protected override async call<Result>(operation: Operation, given: object, options: CallOptions<string>): Promise<Result> {
    const variables = operation.hasKey ? withKey(given) : given;
    const question = { operation: operation.name, document: documentWith(operation, options.include), variables };
    const data = (await this.#ask(question, operation.isRepeatable, options)) as Record<string, unknown>;
    const result = data[operation.name] ?? null;
    if (result === null && !operation.mayBeNull) throw unanswered(operation.name);
    return result as Result;
  }

  protected override walk<Item, Page extends { items: Item[] } & Position>(
    operation: Operation,
    variables: object,
    options: CallOptions<string>,
  ): Pages<Item, Page> {
    const name = operation.positionArgument ?? 'nextToken';
    const start = (variables as Record<string, string | null | undefined>)[name] ?? null;
    const read = async (position: string | null) => {
      const page = await this.call<Page | null>(operation, { ...variables, [name]: position }, options);
      // There is nothing with the id that was asked for.
      return page ?? ({ items: [], nextToken: null } as unknown as Page);
    };
    return new Pages<Item, Page>(read, start);
  }

  protected override follow<Event>(operation: Operation, variables: object, options: CallOptions<string>): AsyncIterable<Event> {
    const question = this.#question(
      { operation: operation.name, document: documentWith(operation, options.include), variables },
      options,
    );
    const deps = { transport: this.#transport, surroundings: this.#surroundings, onRetry: this.#onRetry };
    return { [Symbol.asyncIterator]: () => subscribe<Event>(deps, question) };
  }

  #ask(question: Pick<Question, 'operation' | 'document' | 'variables'>, isRepeatable: boolean, options: CallOptions<string>) {
    const { signal, retryForMs = this.#retryForMs } = options;
    const attempt = () => this.#turns.take(signal, () => this.#transport.ask(this.#question(question, options)));
    return withRetries(attempt, { isRepeatable, retryForMs, signal, onRetry: this.#onRetry }, this.#surroundings);
  }

  #question(question: Pick<Question, 'operation' | 'document' | 'variables'>, options: CallOptions<string>): Question {
    const { signal, timeoutMs = this.#timeoutMs } = options;
    return { ...question, signal, timeoutMs };
  }
}

/** Gives a push a key, the same for each of its attempts. */
function withKey(variables: object): object {
  const { input } = variables as { input: { idempotencyKey?: string | null } };
  return { ...variables, input: { ...input, idempotencyKey: input.idempotencyKey ?? randomUUID() } };
}

const unanswered = (operation: string) =>
  new TidingsError({ code: 'UNEXPECTED_ANSWER', message: `${operation} was answered by nothing`, operation, status: 200 });
