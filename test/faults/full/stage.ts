import { setTimeout as delay } from 'node:timers/promises';
import {
  createDatabaseOn,
  type PostgresOptions,
  prepareTemplate,
  startPostgres,
  startRedis,
  type TestPostgres,
  type TestRedis,
  until,
} from '../../support/index.js';
import type { Client } from '../lib/client.js';
import { Installation } from '../lib/installation.js';
import { Ledger, quantile, type Verdict } from '../lib/ledger.js';
import { answerTimes, Load, type LoadReport } from '../lib/load.js';
import { push } from '../lib/push.js';
import { names } from '../lib/registrations.js';

/** Holds the servers of an installation. */
export interface Servers {
  postgres: TestPostgres;
  redis: TestRedis;
  /** Is the DATABASE_URL of the nodes. */
  databaseUrl: string;
  /** Makes the standby the primary's successor, if there is one. */
  failOver?: FailOver;
  stop(): Promise<void>;
}

interface FailOver {
  /** Leads the primary's address to the standby from now on. */
  switchOver(): void;
  /** Makes the standby writable. */
  promote(): Promise<void>;
}

export interface StageOptions {
  /** Counts the clients, half of them plain, half `tidings.v1`. Default 100. */
  clients?: number;
  /** Default 100. */
  pushesPerSecond?: number;
  /** Sends one push of this many to everybody. Default 50. */
  globalEvery?: number;
  globalTtlMs?: number;
  /**
   * Counts pending messages for as many recipients who never come. By default more than a sweep reads in
   * full.
   */
  away?: number;
  apiNodes?: number;
  deliveryNodes?: number;
  /** Erases recipients: usage counts what was accepted and is no longer stored, so nobody compares them. */
  erasures?: boolean;
  /** Sets variables of all nodes. */
  env?: Readonly<Record<string, string>>;
}

/** Repeats a call for this long, longer than any fault lasts, in milliseconds. */
export const RETRY_FOR_MS = 120_000;
/** Makes one push of this many once, without an idempotency key. */
const ONCE_EVERY = 7;
/** Calls delivery quick again after this many quick spans in a row. */
const QUICK_SPANS = 4;
const SPAN_MS = 250;

export const DURABLE = { fsync: 'on', full_page_writes: 'on' };

/** Starts a durable PostgreSQL with a migrated database, and a Redis. */
export async function startServers(options: PostgresOptions = {}): Promise<Servers> {
  const [postgres, redis] = await Promise.all([startPostgres({ ...options, settings: DURABLE }), startRedis()]);
  await prepareTemplate(postgres.url);
  const { url } = await createDatabaseOn(postgres.url);
  return {
    postgres,
    redis,
    databaseUrl: url,
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** Runs an installation under load, with a ledger, and collects what is measured. */
export class Stage {
  readonly ledger = new Ledger();
  /** Holds further measurements. */
  readonly notes: string[] = [];
  /** Holds the promises that were broken. */
  readonly breaches: string[] = [];
  clients: Client[] = [];
  readonly #endings: Array<() => unknown> = [];
  #load: Load | null = null;
  #endedAt: number | null = null;
  #report: LoadReport | null = null;
  #verdict: Verdict | null = null;

  private constructor(
    readonly servers: Servers,
    readonly installation: Installation,
    private readonly options: StageOptions,
  ) {}

  /** Starts nodes, connects clients and begins the load. */
  static async start(servers: Servers, options: StageOptions = {}): Promise<Stage> {
    const { apiNodes, deliveryNodes, env } = options;
    const { databaseUrl, redis } = servers;
    const installation = await Installation.start({ databaseUrl, redisUrl: redis.url, apiNodes, deliveryNodes, env });
    const stage = new Stage(servers, installation, options);
    try {
      await stage.#connect();
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return stage;
  }

  get load(): Load {
    if (!this.#load) throw new Error('the load has not begun');
    return this.#load;
  }

  get report(): LoadReport {
    if (!this.#report) throw new Error('the load has not ended');
    return this.#report;
  }

  get verdict(): Verdict {
    if (!this.#verdict) throw new Error('the ledger has not been judged');
    return this.#verdict;
  }

  get recipients(): readonly string[] {
    return Array.from({ length: this.options.clients ?? 100 }, (_, i) => `recipient ${i}`);
  }

  get pushesPerSecond(): number {
    return this.options.pushesPerSecond ?? 100;
  }

  /** Notes something measured. */
  note(text: string): void {
    this.notes.push(text);
  }

  require(holds: boolean, breach: string): void {
    if (!holds) this.breaches.push(breach);
  }

  /** Runs this after the judgement, or a failure. */
  atEnd(clear: () => unknown): void {
    this.#endings.push(clear);
  }

  /** Notes that the fault has ended at this moment. */
  ended(): void {
    this.#endedAt = performance.now();
  }

  get endedAt(): number {
    return this.#endedAt ?? performance.now();
  }

  /** Waits as long as a fault lasts. */
  lasting(ms: number): Promise<void> {
    return delay(ms);
  }

  /** Resolves when that many more pushes have been answered. */
  async accepted(more: number, timeoutMs = 60_000): Promise<void> {
    const goal = this.ledger.acceptedIds.length + more;
    await until(`${more} more pushes to be accepted`, () => this.ledger.acceptedIds.length >= goal, timeoutMs);
  }

  /** Returns quantiles of the attempts that were answered in this span. */
  answerMs(from: number, to: number): { p50: number; p99: number; max: number } {
    return answerTimes(this.load.attempts.filter(({ begunAt }) => begunAt >= from && begunAt < to));
  }

  /** Returns milliseconds from a moment to the first answer after it; Infinity if none came. */
  firstAnswerAfter(moment: number): number {
    const answers = this.load.attempts.filter(({ result }) => result === 'OK').map(({ begunAt, ms }) => begunAt + ms);
    return Math.min(...answers.filter((at) => at >= moment), Number.POSITIVE_INFINITY) - moment;
  }

  /**
   * Returns milliseconds from a moment until delivery takes below 100 ms again, for 95 % of the pushes, and
   * for a second; Infinity if that does not happen until `end`.
   */
  quickAgainAfter(moment: number, end = performance.now()): number {
    let quick = 0;
    for (let from = moment; from + SPAN_MS <= end; from += SPAN_MS) {
      const delays = this.ledger.delays(from, from + SPAN_MS);
      quick = delays.length > 0 && quantile(delays, 0.95) < 100 ? quick + 1 : 0;
      if (quick === QUICK_SPANS) return from + SPAN_MS - QUICK_SPANS * SPAN_MS - moment;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Returns how many connections have been lost so far. */
  get losses(): number {
    return this.clients.flatMap(({ closes }) => Object.values(closes)).reduce((sum, n) => sum + n, 0);
  }

  /** Returns the sorted milliseconds that clients took to come back. */
  get backAfterMs(): number[] {
    return this.clients.flatMap(({ backAfterMs }) => backAfterMs).sort((a, b) => a - b);
  }

  /** Counts how often clients were refused or closed, by status and code. */
  get whatClientsMet(): string {
    const counts: Record<string, number> = {};
    const add = (what: string, n: number) => {
      counts[what] = (counts[what] ?? 0) + n;
    };
    for (const { refusals, closes } of this.clients) {
      for (const [status, n] of Object.entries(refusals)) add(`handshake ${status}`, n);
      for (const [code, n] of Object.entries(closes)) add(`close ${code}`, n);
    }
    return Object.entries(counts)
      .map(([what, n]) => `${n} ${what}`)
      .join(', ');
  }

  /** Ends the load; all that it pushed must arrive. */
  async judge(timeoutMs = 60_000): Promise<void> {
    const since = this.endedAt;
    this.#report = await this.load.stop();
    const verdict = await this.installation.judge(this.ledger, since, timeoutMs);
    this.#verdict = verdict;
    const { lost, falselyDelivered, repeatsOnOneConnection, unknownTexts, missing, duplicates, falselyRefused } = verdict;
    if (this.losses > 0) this.note(this.whatClientsMet);
    const first = lost[0] ? ` (the first: ${JSON.stringify(lost[0])})` : '';
    this.require(lost.length === 0, `${lost.length} messages were lost${first}`);
    this.require(falselyDelivered.length === 0, `${falselyDelivered.length} messages are falsely called DELIVERED`);
    this.require(repeatsOnOneConnection === 0, `${repeatsOnOneConnection} messages came twice on one connection`);
    this.require(unknownTexts === 0, `${unknownTexts} frames with a text that nobody pushed`);
    this.require(missing.length === 0, `${missing.length} messages were accepted and are not there`);
    this.require(duplicates.length === 0, `${duplicates.length} pushes count twice`);
    this.require(falselyRefused.length === 0, `${falselyRefused.length} pushes were refused as NOT_ACCEPTED, and count`);
    this.require(this.#report.unanswered === 0, `${this.#report.unanswered} calls were never answered`);
    if (this.options.erasures) return;
    for (const difference of await this.installation.usageDifferences()) this.require(false, `usage: ${difference}`);
  }

  async stop(): Promise<void> {
    for (const clear of this.#endings.splice(0)) await clear();
    await Promise.all(this.clients.map((client) => client.stop()));
    await this.installation.stop();
  }

  async #connect(): Promise<void> {
    const { globalEvery = 50, globalTtlMs, away = 6_000 } = this.options;
    const { recipients } = this;
    // Nobody receives them, so the ledger need not know.
    if (away > 0) await push(this.installation.api, { tried() {}, accepted() {} }, names('away', away), 'to those who are away');
    const half = Math.ceil(recipients.length / 2);
    this.clients.push(...(await this.installation.connect(recipients.slice(0, half), this.ledger)));
    this.clients.push(...(await this.installation.connect(recipients.slice(half), this.ledger, 'tidings.v1')));
    this.#load = new Load({
      api: this.installation.api,
      ledger: this.ledger,
      recipients,
      pushesPerSecond: this.pushesPerSecond,
      globalEvery,
      onceEvery: ONCE_EVERY,
      retryForMs: RETRY_FOR_MS,
      ...(globalTtlMs === undefined ? {} : { globalTtlMs }),
    });
    this.#load.start();
    await this.accepted(2 * this.pushesPerSecond);
  }
}
