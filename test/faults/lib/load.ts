import { setTimeout as delay } from 'node:timers/promises';
import { type Api, CallFailed } from './api.js';
import { type Ledger, quantile } from './ledger.js';

export interface LoadOptions {
  api: Api;
  ledger: Ledger;
  recipients: readonly string[];
  pushesPerSecond: number;
  /** Makes one push of this many a global message, every other one with an expiry; 0: none. */
  globalEvery?: number;
  /** Limits the validity of global messages, in milliseconds. A tenant may have 1,000 of them. */
  globalTtlMs?: number;
  /** Makes one push of this many without an idempotency key, once; 0: none. */
  onceEvery?: number;
  /** Limits the calls. Default: until it is stopped. */
  calls?: number;
  /** Repeats a call with its idempotency key for this long, in milliseconds. */
  retryForMs?: number;
}

/** Describes one attempt of one call. */
export interface Attempt {
  /** Is the begin, by `performance.now()`. */
  begunAt: number;
  ms: number;
  /** Is `OK`, `network`, or the error's code and outcome. */
  result: string;
}

export interface LoadReport {
  answered: number;
  /** Counts calls given up without an answer after many attempts: they may or may not have counted. */
  unanswered: number;
  /** Counts calls made once and refused, or left without an answer. */
  givenUp: number;
  /** Counts attempts that were refused or broken, by code, before the answer came. */
  refusals: Record<string, number>;
  /** Holds the milliseconds of answered attempts. */
  answerMs: { p50: number; p99: number; max: number };
}

const PUSH = `mutation ($input: MessageInput!) { pushMessage(input: $input) { index item { id recipient } error { code } } }`;
const PUSH_GLOBAL = `mutation ($input: GlobalMessageInput!) { pushGlobalMessage(input: $input) { id } }`;
const GLOBAL_TTL_MS = 1_200_000;

/** Limits the pending calls, as a backend limits its connections. */
const MAX_UNDER_WAY = 200;

let runs = 0;

/**
 * Pushes steadily to one recipient after another. Each push has its own text and idempotency key, and is
 * repeated until answered.
 */
export class Load {
  readonly #run = `${process.pid}.${++runs}`;
  readonly #pending = new Set<Promise<void>>();
  readonly #attempts: Attempt[] = [];
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #answered = 0;
  #unanswered = 0;
  #givenUp = 0;

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    const begun = performance.now();
    const already = this.#count;
    // After a late timer it catches up, to keep the rate.
    this.#timer = setInterval(() => {
      const { pushesPerSecond, calls = Number.POSITIVE_INFINITY } = this.options;
      const due = Math.min(calls, already + Math.floor(((performance.now() - begun) / 1000) * pushesPerSecond));
      while (this.#count < due && this.#pending.size < MAX_UNDER_WAY) this.#begin(this.#count++);
    }, 5);
  }

  /** Lists the attempts that have ended. */
  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  /** Returns how many calls have been answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Begins no more calls, and waits until all are answered or given up. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    const refusals: Record<string, number> = {};
    for (const { result } of this.#attempts) if (result !== 'OK') refusals[result] = (refusals[result] ?? 0) + 1;
    return {
      answered: this.#answered,
      unanswered: this.#unanswered,
      givenUp: this.#givenUp,
      refusals,
      answerMs: answerTimes(this.#attempts),
    };
  }

  #begin(number: number): void {
    const work = this.#push(number).finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  async #push(number: number): Promise<void> {
    const { globalEvery = 0, onceEvery = 0, ledger, retryForMs = 30_000 } = this.options;
    const text = `push ${this.#run}.${number}`;
    const isGlobal = globalEvery > 0 && number % globalEvery === 0;
    const once = !isGlobal && onceEvery > 0 && number % onceEvery === 0;
    const attempt = isGlobal ? this.#globalAttempt(text, number / globalEvery) : this.#attempt(text, number, once);
    ledger.tried(text);
    const giveUpAt = performance.now() + retryForMs;
    while (performance.now() < giveUpAt) {
      const failure = await this.#try(attempt);
      if (failure === null) {
        this.#answered++;
        return;
      }
      if (once) {
        if (failure instanceof CallFailed && failure.outcome === 'NOT_ACCEPTED') ledger.refused(text);
        this.#givenUp++;
        return;
      }
      await delay(50 + Math.random() * 100);
    }
    this.#unanswered++;
  }

  /** Notes how an attempt ended, and returns its error, or null. */
  async #try(attempt: () => Promise<void>): Promise<unknown> {
    const begunAt = performance.now();
    const ended = (result: string) => this.#attempts.push({ begunAt, ms: performance.now() - begunAt, result });
    try {
      await attempt();
      ended('OK');
      return null;
    } catch (error) {
      ended(error instanceof CallFailed ? [error.code, error.outcome].filter(Boolean).join(' ') : brokenBy(error));
      return error;
    }
  }

  #attempt(text: string, number: number, once: boolean): () => Promise<void> {
    const { api, ledger, recipients } = this.options;
    const recipient = recipients[number % recipients.length];
    const input = { recipients: [recipient], message: text, ...(once ? {} : { idempotencyKey: text }) };
    return async () => {
      const { pushMessage } = await api.call<{ pushMessage: Array<{ item: { id: string; recipient: string } | null }> }>(PUSH, {
        input,
      });
      for (const { item } of pushMessage) if (item) ledger.accepted({ id: item.id, recipient: item.recipient, text });
    };
  }

  #globalAttempt(text: string, nth: number): () => Promise<void> {
    const { api, ledger, recipients, globalTtlMs = GLOBAL_TTL_MS } = this.options;
    // It is the same for every attempt, since an idempotency key stands for one input.
    const expiresAt = nth % 2 === 0 ? new Date(Date.now() + globalTtlMs).toISOString() : null;
    const input = { message: text, idempotencyKey: text, expiresAt };
    return async () => {
      const { pushGlobalMessage } = await api.call<{ pushGlobalMessage: { id: string } }>(PUSH_GLOBAL, { input });
      ledger.acceptedGlobal({ id: pushGlobalMessage.id, text, expiresAt, recipients });
    };
  }
}

/** Names a network error. Connections are refused or reset where a node is away; others keep their words. */
function brokenBy(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code ?? '') ? 'network' : `network: ${message}`;
}

/** Returns quantiles of the answered attempts. */
export function answerTimes(attempts: readonly Attempt[]): { p50: number; p99: number; max: number } {
  const sorted = attempts.flatMap(({ ms, result }) => (result === 'OK' ? [ms] : [])).sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? 0 };
}
