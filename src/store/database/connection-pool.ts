import { performance } from 'node:perf_hooks';
import pg from 'pg';
import type { Metrics } from '../../core/ports/metrics.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { connectionConfig } from '../session/connection-config.js';
import { prepareSession } from '../session/session.js';
import { StoreClient } from '../session/store-client.js';
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
 * Waits at most this long for a connection, in milliseconds: all may be busy, or the server may not answer.
 */
const ACQUIRE_TIMEOUT_MS = 2_500;
/** Leaves the pool's own timeouts this many milliseconds to come first. */
const ACQUIRE_GRACE_MS = 100;

/** Hands out connections to a server that can write, and takes them back. */
export class ConnectionPool {
  readonly pool: pg.Pool;
  readonly #metrics: Metrics;

  constructor(
    { databaseUrl, poolMax, metrics }: ConnectionPoolOptions,
    private readonly availability: DatabaseAvailability,
    private readonly direct: DirectConnections,
  ) {
    this.#metrics = metrics;
    this.pool = new pg.Pool({
      ...connectionConfig(databaseUrl),
      Client: StoreClient,
      max: poolMax,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // After a fail-over this may be the wrong server of a pair: it is refused before anything uses it.
      verify: (client, done) => {
        prepareSession(client, serverProcessOf(client)).then(({ readOnly, pid }) => {
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

  /** Throws SERVICE_UNAVAILABLE if no connection is to be had in time. */
  async acquire(): Promise<pg.PoolClient> {
    const start = performance.now();
    this.availability.begin();
    try {
      return await this.#connect();
    } catch (error) {
      this.availability.away(error);
      throw toTidingsError(error, 'acquire');
    } finally {
      this.availability.end();
      this.#metrics.poolWaitSeconds.observe((performance.now() - start) / 1000);
    }
  }

  /** Takes back a connection after an error of its statement. */
  release(client: pg.PoolClient, error: unknown, phase: Phase): void {
    if (breaksConnection(error)) this.discard(client, error, phase);
    else client.release();
  }

  /**
   * Ends a connection, and cancels a statement that was given up: it would go on to burden
   * a server that is too slow.
   *
   * Never cancels a commit: cancelled while it waits for a replica, it would show what
   * the replica does not have.
   */
  discard(client: pg.PoolClient, error: unknown, phase: Phase): void {
    const gaveUp = error instanceof StatementTimeout && phase !== 'final';
    if (gaveUp && this.direct.has(client)) void sendCancelRequest(client).then(() => client.release(true));
    else client.release(true);
  }

  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  /**
   * Bounds queue and connect together, which the pool bounds one by one, and a server
   * that accepts but is mute.
   */
  #connect(): Promise<pg.PoolClient> {
    const connecting = this.pool.connect();
    return withTimeout(connecting, ACQUIRE_TIMEOUT_MS + ACQUIRE_GRACE_MS, () => {
      connecting.then(
        (client) => client.release(),
        () => {},
      );
      return new StatementTimeout(`no connection within ${ACQUIRE_TIMEOUT_MS} ms`);
    });
  }
}
