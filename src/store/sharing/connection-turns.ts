import { performance } from 'node:perf_hooks';
import { TidingsError, unavailable } from '../../core/domain/errors.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { awakeTimers } from '../../lib/time/awake-timers.js';
import type { Timers } from '../../lib/time/timers.js';
import { FairSlots } from './fair-slots.js';
import { SHARES, type Work, type WorkKind } from './work.js';

/** Lets this many statements of one tenant and kind wait; one request asks for a few at a time. */
const MAX_WAITING_PER_TENANT = 500;

interface ConnectionTurnsOptions {
  connections: number;
  /** Milliseconds that a statement waits for its turn, at most. */
  waitMs: number;
  /** Tells whether the database answers nobody: then it is not busy. */
  isAway: () => boolean;
  metrics: Pick<Metrics, 'databaseBusy' | 'databaseWaiting'>;
}

/**
 * Says whose turn it is to have a connection of the pool. Waiting for one is no sign that the database is
 * away: all that it says is that this node has enough to do.
 */
export class ConnectionTurns {
  readonly #slots: FairSlots<WorkKind>;

  constructor(
    private readonly options: ConnectionTurnsOptions,
    private readonly timers: Pick<Timers, 'after'> = awakeTimers,
  ) {
    this.#slots = new FairSlots(options.connections, SHARES, MAX_WAITING_PER_TENANT);
    options.metrics.databaseWaiting.read(() => this.#slots.waiting);
  }

  /** Takes a turn if a connection is free for this work. Where it is, nothing is awaited. */
  take(work: Work): boolean {
    return this.#slots.take(work);
  }

  /**
   * Resolves when the turn has come.
   *
   * @throws TidingsError SERVICE_UNAVAILABLE if it does not come in time; RATE_LIMITED if too much of this
   * tenant waits
   */
  wait(work: Work): Promise<void> {
    const { waitMs, isAway, metrics } = this.options;
    return new Promise((resolve, reject) => {
      let stop = () => {};
      const giveUp = this.#slots.wait(work, () => {
        stop();
        resolve();
      });
      if (giveUp === null) {
        metrics.databaseBusy.inc();
        reject(tooMuch());
        return;
      }
      stop = this.timers.after(waitMs, () => {
        if (!giveUp()) return;
        if (isAway()) reject(silent());
        else {
          metrics.databaseBusy.inc();
          reject(busy());
        }
      });
    });
  }

  /** @param since when the turn was taken, by `performance.now()` */
  give(work: Work, since: number): void {
    this.#slots.give(work, performance.now() - since);
  }
}

const silent = () => unavailable('The database does not answer.');

const busy = () => unavailable('The database is busy: no connection came free in time. Try again.');

const tooMuch = () =>
  new TidingsError('RATE_LIMITED', 'Too much of this tenant waits for the database. Try again.', { retryAfter: 1 });
