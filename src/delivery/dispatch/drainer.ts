import type { Logger } from '../../core/ports/logger.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import { FairSemaphore } from '../../lib/fair-semaphore.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import { Backoff } from '../../lib/time/backoff.js';
import { sleep, type Timers } from '../../lib/time/timers.js';
import type { Backlog } from '../connection/backlog.js';
import type { Connection } from '../connection/connection.js';
import { outgoing } from '../outbound/frame-encoder.js';
import { closeIfDead } from './close-if-dead.js';
import { PageReader } from './page-reader.js';

/**
 * Lets at most so many drains ask the database at once, so that a storm of connects does not sink it. Tenants
 * take turns.
 */
const CONCURRENT = 256;
/** Counts a drain as one more for each so many characters that its page is expected to have: 2 Mi are read at once. */
const CHARS_OF_ONE = 8 * 1024;
const RETRY = { firstMs: 100, lastMs: 3_000 };

/**
 * Lets backlogs pass through what is pending, so many at a time, and again while the database is away. See
 * docs/design/draining.md.
 */
export class Drainer {
  readonly #permits = new FairSemaphore(CONCURRENT);
  readonly #pages: PageReader;

  /** @param turns those in which tenants get their pages */
  constructor(
    private readonly store: Pick<DeliveryStore, 'standing' | 'pending' | 'unsentGlobals'>,
    private readonly timers: Timers,
    private readonly logger: Logger,
    turns: FairTurns,
  ) {
    this.#pages = new PageReader(store, turns, () => timers.now());
  }

  /**
   * Begins the first drain of a connection whose subscriptions stand, with one more look at whether its token
   * is still good.
   */
  open({ admitted, backlog }: Connection): void {
    void this.#whilePassing(backlog, async () => {
      const { tenantId, recipient, topic } = admitted.claims;
      const [standing, globals] = await Promise.all([
        this.store.standing(tenantId, recipient),
        this.store.unsentGlobals(tenantId, recipient, topic),
      ]);
      if (closeIfDead(admitted, standing)) return;
      backlog.takeUnsent(globals);
      this.start(backlog);
    });
  }

  /** Offers a connection the running globals that its recipient has not got. */
  askGlobals({ admitted, backlog }: Connection): void {
    const { tenantId, recipient, topic } = admitted.claims;
    void this.#retrying(
      tenantId,
      () => !admitted.ended,
      async () => {
        for (const message of await this.store.unsentGlobals(tenantId, recipient, topic)) backlog.offer(outgoing(message));
      },
    );
  }

  /** Hears that the tenant has sent a text that was too long for the bus: fewer of its pages are read at once. */
  expectLong(tenantId: string): void {
    this.#pages.expectLong(tenantId);
  }

  /** Passes a backlog when its turn has come. */
  start(backlog: Backlog): void {
    const { tenantId } = backlog.claims;
    const weigh = () => Math.ceil(Math.max(1, this.#pages.expected(tenantId) / CHARS_OF_ONE));
    void this.#whilePassing(backlog, () => backlog.pass(this.#pages), weigh);
  }

  #whilePassing(backlog: Backlog, step: () => Promise<void>, weigh?: () => number): Promise<void> {
    return this.#retrying(backlog.claims.tenantId, () => backlog.passing, step, weigh);
  }

  async #retrying(tenantId: string, isWanted: () => boolean, step: () => Promise<void>, weigh?: () => number): Promise<void> {
    let backoff: Backoff | null = null;
    while (isWanted()) {
      const permits = await this.#permits.acquire(tenantId, weigh);
      try {
        if (isWanted()) await step();
        return;
      } catch (error) {
        this.logger.debug({ err: error }, 'reading for a connection failed and is tried again');
      } finally {
        this.#permits.release(permits);
      }
      backoff ??= new Backoff(RETRY, () => this.timers.random());
      await sleep(this.timers, backoff.next());
    }
  }
}
