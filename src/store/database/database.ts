import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { INTERNAL, type Work } from '../sharing/work.js';
import { ConnectionPool, type ConnectionPoolOptions, type Lease } from './connection-pool.js';
import { DatabaseAvailability } from './database-availability.js';
import { DirectConnections } from './direct-connections.js';
import type { RunStatement } from './run-statement.js';
import {
  breaksConnection,
  databaseIsSilent,
  isReadOnly,
  isRetryable,
  type Phase,
  StatementTimeout,
  sqlState,
  toTidingsError,
} from './sql-errors.js';
import { StatementExecutor } from './statement-executor.js';

interface DatabaseOptions extends ConnectionPoolOptions {
  logger: Logger;
}

export interface StatementOptions {
  /** Whose turn the statement takes for a connection. */
  work: Work;
  /** The statement commits by itself, and its outcome is unknown if the connection breaks. */
  write?: boolean;
  /** Milliseconds that this side waits for the answer. */
  timeoutMs?: number;
  /**
   * Name under which the statement is prepared where the connection allows it; each statement has its own.
   */
  prepareAs?: string;
  /**
   * Fails at once while the database is silent: whoever asks may have waited for another statement, which did not
   * succeed either. Reads of tenants always do.
   */
  unlessSilent?: boolean;
}

export interface TransactionOptions {
  /** Whose turn the transaction takes for a connection. */
  work: Work;
  /** Milliseconds for each statement. */
  timeoutMs?: number;
  /** Statements without parameters that go out with BEGIN. */
  preamble?: string;
}

/** Runs statements inside a transaction. */
export interface Transaction {
  query: RunStatement;
}

/**
 * Gives a statement this long by default, in milliseconds. The wait for a connection counts; with the wait
 * for a turn it stays below the 5 s within which a push fails.
 */
const STATEMENT_TIMEOUT_MS = 3_300;
/** Leaves at least this many milliseconds to a statement that waited long for its connection. */
const LEAST_STATEMENT_TIMEOUT_MS = 1_000;
const LOCK_TIMEOUT_MS = 2_500;
/** Tries a statement or transaction this many times if it collides with others. */
const ATTEMPTS = 4;

/**
 * Runs queries and transactions on one pool of connections. See docs/design/database.md.
 *
 * Failures come out as TidingsError SERVICE_UNAVAILABLE with the right outcome, except errors of the
 * statement itself. Works behind PgBouncer in transaction mode: no session state, settings only inside
 * transactions, statements prepared only on connections that lead to the server itself.
 */
export class Database {
  readonly #logger: Logger;
  readonly #availability: DatabaseAvailability;
  readonly #connections: ConnectionPool;
  readonly #statements: StatementExecutor;

  constructor(options: DatabaseOptions) {
    const direct = new DirectConnections();
    this.#logger = options.logger;
    this.#availability = new DatabaseAvailability(options.logger);
    this.#connections = new ConnectionPool(options, this.#availability, direct);
    this.#statements = new StatementExecutor(this.#availability, direct);
  }

  /** The pool itself, for Prisma, which shares it. */
  get pool(): pg.Pool {
    return this.#connections.pool;
  }

  /** False from a failure to reach a writable database, or from a silence, to the next success. */
  get available(): boolean {
    return this.#availability.available;
  }

  /** Tells whether it is away and has answered nothing for a while: whatever waits need not go on waiting. */
  get silent(): boolean {
    return this.#availability.silent;
  }

  /** Milliseconds since the last answer, whether or not anything was asked. */
  get unheardMs(): number {
    return this.#availability.unheardMs;
  }

  /** Milliseconds for which statements have been under way without an answer to any. */
  get silentMs(): number {
    return this.#availability.silentMs;
  }

  /** Runs one statement in one round trip. */
  async query<Row extends object>(text: string, values: readonly unknown[], options: StatementOptions): Promise<Row[]> {
    const { work, write = false, timeoutMs = STATEMENT_TIMEOUT_MS, prepareAs } = options;
    const { unlessSilent = work.kind === 'read' } = options;
    if (unlessSilent && this.silent) throw databaseIsSilent();
    return this.#retrying(async () => {
      const begun = performance.now();
      const lease = await this.#connections.acquire(work);
      const phase: Phase = write ? 'final' : 'open';
      const limitMs = remainingMs(timeoutMs, begun);
      const asked = performance.now();
      try {
        const rows = await this.#statements.runPrepared<Row>(lease.client, prepareAs, text, values, limitMs);
        lease.release();
        return rows;
      } catch (error) {
        this.#connections.release(lease, error, phase);
        throw this.#failed(error, phase, asked);
      }
    });
  }

  /** Runs statements that commit together. `run` may run again after a deadlock. */
  async transaction<T>(run: (transaction: Transaction) => Promise<T>, options: TransactionOptions): Promise<T> {
    const { work, timeoutMs = STATEMENT_TIMEOUT_MS, preamble = '' } = options;
    const statements = this.#statements;
    // The durability of an answer is the product's promise, not the server's configuration. So are
    // statements that see what committed before each of them.
    const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = ${timeoutMs};
      SET LOCAL lock_timeout = ${Math.min(LOCK_TIMEOUT_MS, timeoutMs)}; SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs * 2};
      ${preamble}`;
    return this.#retrying(async () => {
      const begun = performance.now();
      const lease = await this.#connections.acquire(work);
      const { client } = lease;
      let phase: Phase = 'open';
      let asked = performance.now();
      const ask: RunStatement = (text, values) => {
        asked = performance.now();
        return statements.run(client, text, values, timeoutMs);
      };
      try {
        // However long the statements may take, this one is answered at once.
        await statements.run(client, begin, undefined, remainingMs(Math.min(timeoutMs, STATEMENT_TIMEOUT_MS), begun));
        const result = await run({ query: ask });
        phase = 'final';
        asked = performance.now();
        await statements.run(client, 'COMMIT', undefined, timeoutMs);
        lease.release();
        return result;
      } catch (error) {
        await this.#rollBack(lease, error, phase, timeoutMs);
        throw this.#failed(error, phase, asked);
      }
    });
  }

  /** Reads the database's clock, between two readings of `performance.now()`. */
  async readClock(): Promise<{ sentAt: number; answeredAt: number; now: number }> {
    const lease = await this.#connections.acquire(INTERNAL);
    const sentAt = performance.now();
    try {
      const rows = await this.#statements.run<{ now: string; read_only: boolean }>(
        lease.client,
        `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS now, current_setting('transaction_read_only') = 'on' AS read_only`,
        undefined,
        STATEMENT_TIMEOUT_MS,
      );
      const answeredAt = performance.now();
      const row = rows[0];
      if (!row || row.read_only) throw new Error('the database server is read-only');
      lease.release();
      return { sentAt, answeredAt, now: Number(row.now) };
    } catch (error) {
      this.#connections.discard(lease, error, 'open');
      throw this.#failed(error, 'open', sentAt);
    }
  }

  /** Lends a connection for questions that several statements answer, within the time of one. */
  async lend<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const lease = await this.#connections.acquire(INTERNAL);
    try {
      const answer = await withTimeout(use(lease.client), STATEMENT_TIMEOUT_MS, databaseIsSilent);
      lease.release();
      return answer;
    } catch (error) {
      lease.end();
      throw error;
    }
  }

  /** Lets something that takes one connection of `pool` by itself, as Prisma does, do so in its turn. */
  during<T>(work: Work, ask: () => Promise<T>): Promise<T> {
    return this.#connections.during(work, ask);
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  async #rollBack(lease: Lease, error: unknown, phase: Phase, timeoutMs: number): Promise<void> {
    const ours = error instanceof TidingsError;
    if (!ours && breaksConnection(error)) return this.#connections.discard(lease, error, phase);
    try {
      await this.#statements.run(lease.client, 'ROLLBACK', undefined, timeoutMs);
      lease.release();
    } catch {
      lease.end();
    }
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

  /** @param asked when the statement began, by `performance.now()` */
  #failed(error: unknown, phase: Phase, asked: number): unknown {
    // Others were answered meanwhile: this statement was slow, and the database is there.
    const isSlow = error instanceof StatementTimeout && !this.silent && this.#availability.answeredSince(asked);
    const isLost = !(error instanceof TidingsError) && breaksConnection(error) && !isSlow;
    if (isReadOnly(error) || isLost) this.#availability.away(error);
    return toTidingsError(error, phase, isSlow);
  }
}

/** Milliseconds left to a statement whose wait for a connection counts. */
const remainingMs = (timeoutMs: number, begun: number): number =>
  Math.max(timeoutMs - (performance.now() - begun), Math.min(timeoutMs, LEAST_STATEMENT_TIMEOUT_MS));
