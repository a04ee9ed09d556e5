import type pg from 'pg';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';
import { serverProcessOf } from './cancel-request.js';

/** A plan that was made while a table was small may read all of it for each row, and nothing tells the server that it has grown. */
const PLANS_MS = 2_000;

/**
 * Connections without PgBouncer in between, of which some versions end when a cancel request comes at the wrong moment, and which may have
 * each statement run by another process. Only on direct ones are statements prepared and cancelled.
 */
export class DirectConnections {
  readonly #plansSince = new WeakMap<pg.PoolClient, number>();

  constructor(private readonly clock: Clock = monotonicClock) {}

  /** `pid` is the process that answers: if it is not the one that greeted the client, something stands in between. */
  note(client: pg.PoolClient, pid: number | undefined): void {
    if (pid === serverProcessOf(client)) this.#plansSince.set(client, this.clock.now());
  }

  has(client: pg.PoolClient): boolean {
    return this.#plansSince.has(client);
  }

  /** Something stands in between after all. */
  forget(client: pg.PoolClient): void {
    this.#plansSince.delete(client);
  }

  /** True when the plans of a direct connection are 2 s old; it is taken that the caller then throws them away. */
  plansAreOld(client: pg.PoolClient): boolean {
    const since = this.#plansSince.get(client);
    if (since === undefined || this.clock.now() - since <= PLANS_MS) return false;
    this.#plansSince.set(client, this.clock.now());
    return true;
  }
}
