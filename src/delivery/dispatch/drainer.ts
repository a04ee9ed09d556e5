import type { Logger } from '../../core/ports/logger.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import { Semaphore } from '../../lib/semaphore.js';
import { Backoff } from '../../lib/time/backoff.js';
import { sleep, type Timers } from '../../lib/time/timers.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { Connection } from '../connection/connection.js';
import { outgoing } from '../outbound/frame-encoder.js';

/** Drains that ask the database at once, so that a storm of connects does not sink it. */
const CONCURRENT = 256;
const RETRY = { firstMs: 100, lastMs: 3_000 };

/**
 * Passes through what is pending for a connection, page by page in the order of ids, until there is no more or no room. A message
 * may become visible behind the place that the pass has reached; its event, which is buffered, or the next sweep sees to it.
 */
export class Drainer {
  readonly #permits = new Semaphore(CONCURRENT);

  constructor(
    private readonly store: Pick<DeliveryStore, 'standing' | 'pending' | 'unsentGlobals'>,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  /** The first drain of a connection whose subscriptions stand: looks once more whether its token is still good. */
  open(connection: Connection): void {
    this.#whilePassing(connection, async () => {
      const { tenantId, recipient, topic, revocation } = connection.claims;
      const [standing, globals] = await Promise.all([
        this.store.standing(tenantId, recipient),
        this.store.unsentGlobals(tenantId, recipient, topic),
      ]);
      if (!standing.tenantActive || revocation < standing.revocation) {
        connection.close(CLOSE.forbidden, 'revoked');
        return;
      }
      connection.takeUnsent(globals);
      this.start(connection);
    });
  }

  /** Offers a connection the running globals that its recipient has not got. */
  askGlobals(connection: Connection): void {
    const { tenantId, recipient, topic } = connection.claims;
    this.#retrying(
      () => !connection.ended,
      async () => {
        for (const message of await this.store.unsentGlobals(tenantId, recipient, topic)) connection.offer(outgoing(message));
      },
    );
  }

  start(connection: Connection): void {
    this.#whilePassing(connection, () => this.#pass(connection));
  }

  #whilePassing(connection: Connection, step: () => Promise<void>): void {
    this.#retrying(() => connection.passing, step);
  }

  async #retrying(isWanted: () => boolean, step: () => Promise<void>): Promise<void> {
    let backoff: Backoff | null = null;
    while (isWanted()) {
      await this.#permits.acquire();
      try {
        if (isWanted()) await step();
        return;
      } catch (error) {
        this.logger.debug({ err: error }, 'reading for a connection failed and is tried again');
      } finally {
        this.#permits.release();
      }
      backoff ??= new Backoff(RETRY, () => this.timers.random());
      await sleep(this.timers, backoff.next());
    }
  }

  async #pass(connection: Connection): Promise<void> {
    const { tenantId, recipient, topic } = connection.claims;
    if (connection.unsentAreOld) connection.takeUnsent(await this.store.unsentGlobals(tenantId, recipient, topic));
    while (connection.passing) {
      const room = connection.pageRoom;
      if (room === null) return;
      connection.beginPage();
      const page = await this.store.pending({ tenantId, recipient, topic, after: connection.cursor, ...room });
      if (!connection.passing) return;
      if (page.messages.length > 0) connection.takeBroadcasts();
      for (const row of page.messages) if (!connection.take(row)) return;
      if (page.more && page.messages.length > 0) continue;
      if (connection.endPass()) return;
    }
  }
}
