import { performance } from 'node:perf_hooks';
import pg from 'pg';
import type { Metrics } from '../../core/ports/metrics.js';
import { awakeTimers } from '../../lib/time/awake-timers.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { connectionConfig } from '../session/connection-config.js';
import { prepareSession } from '../session/session.js';
import { StoreClient } from '../session/store-client.js';
import { ConnectionTurns } from '../sharing/connection-turns.js';
import type { Work } from '../sharing/work.js';
import { sendCancelRequest, serverProcessOf } from './cancel-request.js';
import type { DatabaseAvailability } from './database-availability.js';
import type { DirectConnections } from './direct-connections.js';
import { breaksConnection, type Phase, StatementTimeout, toTidingsError } from './sql-errors.js';

export interface ConnectionPoolOptions {
  databaseUrl: string;
  /** Connections, at most. */
  poolMax: number;
  metrics: Metrics;
}

/**
 * Waits at most this long for a connection, in milliseconds: for a turn, as all may be busy, and for the
 * server, which may not answer.
 */
const ACQUIRE_TIMEOUT_MS = 2_500;
/** Leaves a new connection's own time limit this many milliseconds to come first. */
const ACQUIRE_GRACE_MS = 100;

/** A connection that one piece of work has. Exactly one of its methods is called, once. */
export class Lease {
  readonly #since = performance.now();

  constructor(
    readonly client: pg.PoolClient,
    private readonly turns: ConnectionTurns,
    private readonly work: Work,
  ) {}

  /** Gives the connection back to be used again. */
  release(): void {
    this.client.release();
    this.turns.give(this.work, this.#since);
  }

  /** Ends the connection. */
  end(): void {
    this.client.release(true);
    this.turns.give(this.work, this.#since);
  }
}

/** Hands out connections to a server that can write, in fair turns, and takes them back. */
export class ConnectionPool {
  readonly pool: pg.Pool;
  readonly #turns: ConnectionTurns;
  readonly #metrics: Metrics;

  constructor(
    { databaseUrl, poolMax, metrics }: ConnectionPoolOptions,
    private readonly availability: DatabaseAvailability,
    private readonly direct: DirectConnections,
  ) {
    this.#metrics = metrics;
    this.#turns = new ConnectionTurns({
      connections: poolMax,
      waitMs: ACQUIRE_TIMEOUT_MS,
      isAway: () => !availability.available,
      metrics,
    });
    this.pool = new pg.Pool({
      ...connectionConfig(databaseUrl),
      Client: StoreClient,
      max: poolMax,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // After a fail-over this may be the wrong server of a pair: it is refused before anything uses it.
      verify: (client, done) => {
        const prepared = prepareSession(client, serverProcessOf(client));
        withTimeout(prepared, ACQUIRE_TIMEOUT_MS, noAnswer, awakeTimers).then(({ readOnly, pid }) => {
          this.direct.note(client, pid);
          done(readOnly ? new Error('the database server is read-only') : undefined);
        }, done);
      },
    });
    // The pool drops a connection that breaks while idle; without a listener it would end the process.
    this.pool.on('error', (error) => this.availability.away(error));
    // So would one that breaks in use: the pool listens to idle ones only. Its user
    // learns of it from the query.
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  /**
   * Waits for a turn, then for a connection.
   *
   * @throws TidingsError SERVICE_UNAVAILABLE if there is none in time; RATE_LIMITED if too much of this
   * tenant
   * waits
   */
  async acquire(work: Work): Promise<Lease> {
    const start = performance.now();
    if (!this.#turns.take(work)) await this.#turns.wait(work);
    this.availability.begin();
    try {
      return new Lease(await this.#connect(work), this.#turns, work);
    } catch (error) {
      this.availability.away(error);
      throw toTidingsError(error, 'acquire');
    } finally {
      this.availability.end();
      this.#metrics.poolWaitSeconds.observe((performance.now() - start) / 1000);
    }
  }

  /** Lets something that takes a connection of the pool by itself do so in its turn. */
  async during<T>(work: Work, ask: () => Promise<T>): Promise<T> {
    if (!this.#turns.take(work)) await this.#turns.wait(work);
    const since = performance.now();
    try {
      return await ask();
    } finally {
      this.#turns.give(work, since);
    }
  }

  /** Takes back a connection after an error of its statement. */
  release(lease: Lease, error: unknown, phase: Phase): void {
    if (breaksConnection(error)) this.discard(lease, error, phase);
    else lease.release();
  }

  /**
   * Ends a connection, and cancels a statement that was given up: it would go on to burden
   * a server that is too slow.
   *
   * Never cancels a commit: cancelled while it waits for a replica, it would show what
   * the replica does not have.
   */
  discard(lease: Lease, error: unknown, phase: Phase): void {
    const { client } = lease;
    const gaveUp = error instanceof StatementTimeout && phase !== 'final';
    if (gaveUp && this.direct.has(client)) void sendCancelRequest(client).then(() => lease.end());
    else lease.end();
  }

  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  /**
   * Gives up a server that accepts but is mute. The turn goes on until its connection has failed, or come.
   */
  #connect(work: Work): Promise<pg.PoolClient> {
    const since = performance.now();
    const connecting = this.pool.connect();
    const free = () => this.#turns.give(work, since);
    let isLate = false;
    connecting.then(
      (client) => {
        if (!isLate) return;
        client.release();
        free();
      },
      () => free(),
    );
    const late = () => {
      isLate = true;
      return noAnswer();
    };
    return withTimeout(connecting, ACQUIRE_TIMEOUT_MS + ACQUIRE_GRACE_MS, late, awakeTimers);
  }
}

const noAnswer = () => new StatementTimeout(`no connection within ${ACQUIRE_TIMEOUT_MS} ms`);
