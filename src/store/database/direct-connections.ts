import type pg from 'pg';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';
import { serverProcessOf } from './cancel-request.js';

/**
 * Uses a prepared plan at most this long, in milliseconds. A plan that was made while a table was small may
 * read all of it for each row, and nothing tells the server that the table has grown.
 */
const PLANS_MS = 2_000;

/**
 * Remembers which connections lead to the server itself, without PgBouncer in between.
 *
 * Only on these are statements prepared and cancelled. PgBouncer may have each statement run by another
 * process, and some versions of it exit when a cancel request comes at the wrong moment.
 */
export class DirectConnections {
  readonly #plansSince = new WeakMap<pg.PoolClient, number>();

  constructor(private readonly clock: Clock = monotonicClock) {}

  /**
   * Notes a connection as direct if the process that answers is the one that greeted the client.
   *
   * @param pid of the process that answers
   */
  note(client: pg.PoolClient, pid: number | undefined): void {
    if (pid === serverProcessOf(client)) this.#plansSince.set(client, this.clock.now());
  }

  has(client: pg.PoolClient): boolean {
    return this.#plansSince.has(client);
  }

  /** Takes the note back: something stands in between after all. */
  forget(client: pg.PoolClient): void {
    this.#plansSince.delete(client);
  }

  /** Tells whether the plans of a direct connection are 2 s old. If so, the caller has to throw them away. */
  plansAreOld(client: pg.PoolClient): boolean {
    const since = this.#plansSince.get(client);
    if (since === undefined || this.clock.now() - since <= PLANS_MS) return false;
    this.#plansSince.set(client, this.clock.now());
    return true;
  }
}
