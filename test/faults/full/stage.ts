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

/** What an installation stands on. */
export interface Servers {
  postgres: TestPostgres;
  redis: TestRedis;
  /** What the nodes get as DATABASE_URL. */
  databaseUrl: string;
  /** Makes the standby the primary's successor, where there is one. */
  failOver?: FailOver;
  stop(): Promise<void>;
}

interface FailOver {
  /** What was the primary's address leads to the standby from now on. */
  switchOver(): void;
  /** The standby becomes writable. */
  promote(): Promise<void>;
}

export interface StageOptions {
  /** Half of them plain, half `tidings.v1`. Default 100. */
  clients?: number;
  /** Default 100. */
  pushesPerSecond?: number;
  /** One push of so many goes to everybody. Default 50. */
  globalEvery?: number;
  globalTtlMs?: number;
  /** Messages that are pending for as many recipients who never come. By default more than a sweep reads all of. */
  away?: number;
  apiNodes?: number;
  deliveryNodes?: number;
  /** Variables of all nodes. */
  env?: Readonly<Record<string, string>>;
}

/** How long a backend goes on trying a call: longer than any fault lasts. */
export const RETRY_FOR_MS = 120_000;
/** One push of so many is made once, without an idempotency key. */
const ONCE_EVERY = 7;
/** Delivery is called quick again when so many spans in a row are. */
const QUICK_SPANS = 4;
const SPAN_MS = 250;

export const DURABLE = { fsync: 'on', full_page_writes: 'on' };

/** A migrated database on a durable PostgreSQL of its own, and a Redis. */
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

/** An installation under load, the ledger, and what is found out. */
export class Stage {
  readonly ledger = new Ledger();
  /** What else was measured. */
  readonly notes: string[] = [];
  /** What did not hold. */
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

  /** Nodes and connected clients, and a load that has begun. */
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

  /** Does this when all is judged, or has failed. */
  atEnd(clear: () => unknown): void {
    this.#endings.push(clear);
  }

  /** The fault has ended at this moment. */
  ended(): void {
    this.#endedAt = performance.now();
  }

  get endedAt(): number {
    return this.#endedAt ?? performance.now();
  }

  /** How long a fault lasts. */
  lasting(ms: number): Promise<void> {
    return delay(ms);
  }

  /** Resolves when so many more pushes have been answered. */
  async accepted(more: number, timeoutMs = 60_000): Promise<void> {
    const goal = this.ledger.acceptedIds.length + more;
    await until(`${more} more pushes to be accepted`, () => this.ledger.acceptedIds.length >= goal, timeoutMs);
  }

  /** Of the attempts that were answered in this span. */
  answerMs(from: number, to: number): { p50: number; p99: number; max: number } {
    return answerTimes(this.load.attempts.filter(({ begunAt }) => begunAt >= from && begunAt < to));
  }

  /** Milliseconds from a moment to the first answer that came after it; Infinity if none did. */
  firstAnswerAfter(moment: number): number {
    const answers = this.load.attempts.filter(({ result }) => result === 'OK').map(({ begunAt, ms }) => begunAt + ms);
    return Math.min(...answers.filter((at) => at >= moment), Number.POSITIVE_INFINITY) - moment;
  }

  /**
   * Milliseconds from a moment until delivery is below 100 ms again, for 95 % of what is pushed, and stays so for a second; Infinity if
   * it does not until `end`.
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

  /** How many connections have been lost so far. */
  get losses(): number {
    return this.clients.flatMap(({ closes }) => Object.values(closes)).reduce((sum, n) => sum + n, 0);
  }

  /** Sorted milliseconds that clients took to come back. */
  get backAfterMs(): number[] {
    return this.clients.flatMap(({ backAfterMs }) => backAfterMs).sort((a, b) => a - b);
  }

  /** How often clients were refused or closed, by status and code. */
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
  }

  async stop(): Promise<void> {
    for (const clear of this.#endings.splice(0)) await clear();
    await Promise.all(this.clients.map((client) => client.stop()));
    await this.installation.stop();
  }

  async #connect(): Promise<void> {
    const { globalEvery = 50, globalTtlMs, away = 6_000 } = this.options;
    const { recipients } = this;
    // Nothing is ever received of them, so the ledger need not know.
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
