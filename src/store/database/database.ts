import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { sendCancelRequest } from './cancel-request.js';
import { DirectConnections } from './direct-connections.js';
import {
  breaksConnection,
  isReadOnly,
  isRetryable,
  isUnprepared,
  type Phase,
  StatementTimeout,
  sqlState,
  toTidingsError,
} from './sql-errors.js';

export interface DatabaseOptions {
  databaseUrl: string;
  poolMax: number;
  metrics: Metrics;
  logger: Logger;
}

export interface StatementOptions {
  /** A commit of its own whose outcome is unknown if the connection breaks. */
  write?: boolean;
  /** How long this side waits for the answer. */
  timeoutMs?: number;
  /** The statement's own name, under which it is prepared where the connection allows it. */
  prepareAs?: string;
}

export interface TransactionOptions {
  /** For each statement. */
  timeoutMs?: number;
  /** Statements without parameters that go out with BEGIN. */
  preamble?: string;
}

/** Inside a transaction. */
export interface Transaction {
  query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** A connection is waited for so long, be it that all are busy or that the server does not answer. */
const ACQUIRE_TIMEOUT_MS = 2_500;
/** With the waits for a turn and for a connection, of which the latter counts, below the 5 s within which a push fails. */
const STATEMENT_TIMEOUT_MS = 3_300;
/** What is left at least to a statement that waited long for its connection. */
const LEAST_STATEMENT_TIMEOUT_MS = 1_000;
/** A database that answers nothing for so long counts as away before the first statement is given up. */
const SILENCE_MS = 2_500;
/** One that is away because a single connection broke answers others meanwhile. */
const UNHEARD_MS = 1_000;
const LOCK_TIMEOUT_MS = 2_500;
const ATTEMPTS = 4;

/**
 * The one pool of connections. Works behind PgBouncer in transaction mode: no session state, settings only inside transactions, statements
 * prepared only on connections that lead to the server itself. Failures come out as TidingsError SERVICE_UNAVAILABLE with the right outcome, except errors of the statement itself.
 */
export class Database {
  readonly pool: pg.Pool;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #direct = new DirectConnections();
  #available = true;
  #underWay = 0;
  #lastAnswerAt = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(options: DatabaseOptions) {
    this.#logger = options.logger;
    this.#metrics = options.metrics;
    this.pool = new pg.Pool({
      connectionString: options.databaseUrl,
      max: options.poolMax,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // Of a pair after a fail-over, the wrong one: refused before anything uses it.
      verify: (client, done) => {
        client
          .query(`SELECT current_setting('transaction_read_only') = 'on' AS read_only, pg_backend_pid() AS pid`)
          .then(({ rows: [row] }) => {
            this.#direct.note(client, row?.pid);
            done(row?.read_only ? new Error('the database server is read-only') : undefined);
          }, done);
      },
    });
    // A connection that breaks while idle is dropped by the pool; without a listener it would end the process.
    this.pool.on('error', (error) => this.#away(error));
    // So would one that breaks in use: whoever uses it learns of it from the query under way, and the pool listens to idle ones only.
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** False from a failure to reach a writable database, or from a silence, to the next success. */
  get available(): boolean {
    return this.#available && this.silentMs < SILENCE_MS;
  }

  /** Away, and has answered nothing for a while: whatever waits need not go on waiting. A stall, of a disk say, is not that. */
  get silent(): boolean {
    return !this.available && this.unheardMs >= UNHEARD_MS;
  }

  /** How long nothing has been answered, whether or not anything was asked. */
  get unheardMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** How long statements have been under way without an answer to any. */
  get silentMs(): number {
    return this.#underWay === 0 ? 0 : performance.now() - this.#lastAnswerAt;
  }

  /** One statement, one round trip. */
  async query<Row extends object>(text: string, values: readonly unknown[], options: StatementOptions = {}): Promise<Row[]> {
    const { write = false, timeoutMs = STATEMENT_TIMEOUT_MS, prepareAs } = options;
    return this.#retrying(async () => {
      const begun = performance.now();
      const client = await this.#acquire();
      const phase: Phase = write ? 'final' : 'open';
      try {
        const rows = await this.#runPrepared<Row>(client, prepareAs, text, values, left(timeoutMs, begun));
        client.release();
        return rows;
      } catch (error) {
        this.#release(client, error, phase);
        throw this.#failed(error, phase);
      }
    });
  }

  /** Statements that commit together. `work` may run again after a deadlock. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { timeoutMs = STATEMENT_TIMEOUT_MS, preamble = '' } = options;
    // The durability of an answer is the product's promise, not the server's configuration.
    const begin = `BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = ${timeoutMs};
      SET LOCAL lock_timeout = ${Math.min(LOCK_TIMEOUT_MS, timeoutMs)}; SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs * 2};
      ${preamble}`;
    return this.#retrying(async () => {
      const begun = performance.now();
      const client = await this.#acquire();
      let phase: Phase = 'open';
      try {
        await this.#run(client, begin, undefined, left(timeoutMs, begun));
        const result = await work({ query: (text, values) => this.#run(client, text, values, timeoutMs) });
        phase = 'final';
        await this.#run(client, 'COMMIT', undefined, timeoutMs);
        client.release();
        return result;
      } catch (error) {
        await this.#rollBack(client, error, phase, timeoutMs);
        throw this.#failed(error, phase);
      }
    });
  }

  /** The database's clock, between two readings of `performance.now()`. */
  async readClock(): Promise<{ sentAt: number; answeredAt: number; now: number }> {
    const client = await this.#acquire();
    const sentAt = performance.now();
    try {
      const rows = await this.#run<{ now: number; read_only: boolean }>(
        client,
        `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now, current_setting('transaction_read_only') = 'on' AS read_only`,
        undefined,
        STATEMENT_TIMEOUT_MS,
      );
      const answeredAt = performance.now();
      const row = rows[0];
      if (!row || row.read_only) throw new Error('the database server is read-only');
      client.release();
      return { sentAt, answeredAt, now: row.now };
    } catch (error) {
      this.#discard(client, error, 'open');
      throw this.#failed(error, 'open');
    }
  }

  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  async #rollBack(client: pg.PoolClient, error: unknown, phase: Phase, timeoutMs: number): Promise<void> {
    const ours = error instanceof TidingsError;
    if (!ours && breaksConnection(error)) return this.#discard(client, error, phase);
    try {
      await this.#run(client, 'ROLLBACK', undefined, timeoutMs);
      client.release();
    } catch {
      client.release(true);
    }
  }

  #release(client: pg.PoolClient, error: unknown, phase: Phase): void {
    if (breaksConnection(error)) this.#discard(client, error, phase);
    else client.release();
  }

  /**
   * A statement that nobody waits for any more would go on to burden a server that is too slow already. Never a commit: cancelled while it
   * waits for a replica, it would show everybody what the replica does not have.
   */
  #discard(client: pg.PoolClient, error: unknown, phase: Phase): void {
    const gaveUp = error instanceof StatementTimeout && phase !== 'final';
    if (gaveUp && this.#direct.has(client)) sendCancelRequest(client).then(() => client.release(true));
    else client.release(true);
  }

  async #acquire(): Promise<pg.PoolClient> {
    const start = performance.now();
    this.#begin();
    try {
      return await this.#connect();
    } catch (error) {
      this.#away(error);
      throw toTidingsError(error, 'acquire');
    } finally {
      this.#underWay--;
      this.#metrics.poolWaitSeconds.observe((performance.now() - start) / 1000);
    }
  }

  /** The pool bounds its queue and the connect each by itself; this bounds both together, and a server that accepts but does not answer. */
  async #connect(): Promise<pg.PoolClient> {
    const connecting = this.pool.connect();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        connecting.then(
          (client) => client.release(),
          () => {},
        );
        reject(new StatementTimeout(`no connection within ${ACQUIRE_TIMEOUT_MS} ms`));
      }, ACQUIRE_TIMEOUT_MS + 100);
    });
    try {
      return await Promise.race([connecting, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reading and planning a small statement takes the server longer than carrying it out. */
  async #runPrepared<Row extends object>(
    client: pg.PoolClient,
    name: string | undefined,
    text: string,
    values: readonly unknown[],
    timeoutMs: number,
  ): Promise<Row[]> {
    if (name === undefined || !this.#direct.has(client)) return this.#run(client, text, values, timeoutMs);
    if (this.#direct.plansAreOld(client)) await this.#run(client, 'DISCARD PLANS', undefined, timeoutMs);
    try {
      return await this.#run(client, text, values, timeoutMs, name);
    } catch (error) {
      // Nothing of the statement was carried out.
      if (!isUnprepared(error)) throw error;
      this.#direct.forget(client);
      return this.#run(client, text, values, timeoutMs);
    }
  }

  async #run<Row extends object>(
    client: pg.PoolClient,
    text: string,
    values: readonly unknown[] | undefined,
    timeoutMs: number,
    name?: string,
  ): Promise<Row[]> {
    this.#begin();
    try {
      const rows = await answerOf<Row>(client, text, values, timeoutMs, name);
      this.#lastAnswerAt = performance.now();
      this.#answeredAt = this.#lastAnswerAt;
      this.#available = true;
      return rows;
    } finally {
      this.#underWay--;
    }
  }

  #begin(): void {
    if (this.#underWay++ === 0) this.#lastAnswerAt = performance.now();
  }

  async #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    for (let n = 1; ; n++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isRetryable(error) || n === ATTEMPTS) throw error;
        this.#logger.debug({ sqlState: sqlState(error), attempt: n }, 'statement collided with another and is repeated');
      }
    }
  }

  #failed(error: unknown, phase: Phase): unknown {
    if (isReadOnly(error) || (!(error instanceof TidingsError) && breaksConnection(error))) this.#away(error);
    return toTidingsError(error, phase);
  }

  #away(error: unknown): void {
    const { message, code } = error as { message?: string; code?: string };
    if (this.#available) this.#logger.warn({ code, reason: message }, 'database is away');
    this.#available = false;
  }
}

/**
 * Without values pg speaks the simple protocol, which takes several statements at once. With promises of pg's own, V8 comes to make rows old from
 * the start, and collections of the young generation keep what they hold.
 */
function answerOf<Row extends object>(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[] | undefined,
  timeoutMs: number,
  name?: string,
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StatementTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs + 200);
    client.query<Row>({ text, values: values && [...values], name }, (error, result) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(result.rows);
    });
  });
}

const left = (timeoutMs: number, begun: number): number =>
  Math.max(timeoutMs - (performance.now() - begun), Math.min(timeoutMs, LEAST_STATEMENT_TIMEOUT_MS));
