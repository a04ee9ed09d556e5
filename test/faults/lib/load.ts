import { setTimeout as delay } from 'node:timers/promises';
import { type Api, CallFailed } from './api.js';
import { type Ledger, quantile } from './ledger.js';

export interface LoadOptions {
  api: Api;
  ledger: Ledger;
  recipients: readonly string[];
  pushesPerSecond: number;
  /** One push of so many is a global message with an expiry; 0: none. */
  globalEvery?: number;
  /** How long the same call is tried again, with its idempotency key, in milliseconds. */
  retryForMs?: number;
}

export interface LoadReport {
  answered: number;
  /** Given up without an answer: may or may not have counted. */
  unanswered: number;
  /** Attempts that were refused or broken, by code, before the answer came. */
  refusals: Record<string, number>;
  /** Milliseconds of the attempt that was answered. */
  answerMs: { p50: number; p99: number; max: number };
}

const PUSH = `mutation ($input: MessageInput!) { pushMessage(input: $input) { index item { id recipient } error { code } } }`;
const PUSH_GLOBAL = `mutation ($input: GlobalMessageInput!) { pushGlobalMessage(input: $input) { id } }`;
const GLOBAL_TTL_MS = 3_600_000;

/** Calls under way at once, at most: a backend, too, has so many connections and no more. */
const MAX_UNDER_WAY = 200;

let runs = 0;

/** A steady load of pushes to one recipient after another. Each has a text and an idempotency key of its own, and is tried until answered. */
export class Load {
  readonly #run = `${process.pid}.${++runs}`;
  readonly #pending = new Set<Promise<void>>();
  readonly #answerMs: number[] = [];
  readonly #refusals: Record<string, number> = {};
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #answered = 0;
  #unanswered = 0;

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    const begun = performance.now();
    const already = this.#count;
    // Catches up after a late timer, so that the rate is what was asked for.
    this.#timer = setInterval(() => {
      const due = already + Math.floor(((performance.now() - begun) / 1000) * this.options.pushesPerSecond);
      while (this.#count < due && this.#pending.size < MAX_UNDER_WAY) this.#begin(this.#count++);
    }, 5);
  }

  /** Begins no more, and waits until everything begun is answered or given up. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    const sorted = this.#answerMs.sort((a, b) => a - b);
    return {
      answered: this.#answered,
      unanswered: this.#unanswered,
      refusals: this.#refusals,
      answerMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? 0 },
    };
  }

  #begin(number: number): void {
    const work = this.#push(number).finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  async #push(number: number): Promise<void> {
    const { globalEvery = 0, ledger, retryForMs = 30_000 } = this.options;
    const text = `push ${this.#run}.${number}`;
    const attempt = globalEvery > 0 && number % globalEvery === 0 ? this.#globalAttempt(text) : this.#attempt(text, number);
    ledger.tried(text);
    const giveUpAt = performance.now() + retryForMs;
    while (performance.now() < giveUpAt) {
      const begun = performance.now();
      try {
        await attempt();
        this.#answerMs.push(performance.now() - begun);
        this.#answered++;
        return;
      } catch (error) {
        const code = error instanceof CallFailed ? [error.code, error.outcome].filter(Boolean).join(' ') : 'network';
        this.#refusals[code] = (this.#refusals[code] ?? 0) + 1;
        await delay(50 + Math.random() * 100);
      }
    }
    this.#unanswered++;
  }

  #attempt(text: string, number: number): () => Promise<void> {
    const { api, ledger, recipients } = this.options;
    const recipient = recipients[number % recipients.length];
    const input = { recipients: [recipient], message: text, idempotencyKey: text };
    return async () => {
      const { pushMessage } = await api.call<{ pushMessage: Array<{ item: { id: string; recipient: string } | null }> }>(PUSH, {
        input,
      });
      for (const { item } of pushMessage) if (item) ledger.accepted({ id: item.id, recipient: item.recipient, text });
    };
  }

  #globalAttempt(text: string): () => Promise<void> {
    const { api, ledger, recipients } = this.options;
    // The same for every attempt: an idempotency key stands for one input.
    const expiresAt = new Date(Date.now() + GLOBAL_TTL_MS).toISOString();
    const input = { message: text, idempotencyKey: text, expiresAt };
    return async () => {
      const { pushGlobalMessage } = await api.call<{ pushGlobalMessage: { id: string } }>(PUSH_GLOBAL, { input });
      ledger.acceptedGlobal({ id: pushGlobalMessage.id, text, expiresAt, recipients });
    };
  }
}
