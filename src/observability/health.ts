import type { Logger } from '../core/ports/logger.js';
import { LastingFault } from '../lib/time/lasting-fault.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';
import type { Readiness } from './admin-endpoints.js';

interface HealthSources {
  /** False while the database is away. */
  databaseAvailable(): boolean;
  /** False while Redis is away, or refuses what the node needs. */
  redisAvailable(): boolean;
  /** Names of the migrations that the database lacks; rejects while it cannot be asked. */
  missingMigrations(): Promise<readonly string[]>;
  logger: Logger;
  timers?: Pick<Timers, 'after' | 'now'>;
}

/** Looks again this often while the node is not ready, in milliseconds. */
const LOOK_AGAIN_MS = 500;

/** Follows a node's readiness: starting until its schema is seen to be complete, ready, draining. */
export class Health {
  /** Resolves once the node is ready; never if it drains before. */
  readonly ready: Promise<void>;
  readonly #timers: Pick<Timers, 'after' | 'now'>;
  readonly #fault: LastingFault;
  #state: Readiness['state'] = 'starting';
  #missing: readonly string[] = [];
  #onReady = () => {};
  #cancel = () => {};

  constructor(private readonly sources: HealthSources) {
    this.#timers = sources.timers ?? systemTimers;
    this.#fault = new LastingFault(this.#timers);
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
  }

  get readiness(): Readiness {
    const degraded: Array<'database' | 'redis'> = [];
    if (!this.sources.databaseAvailable()) degraded.push('database');
    if (!this.sources.redisAvailable()) degraded.push('redis');
    return { state: this.#state, missingMigrations: this.#missing, degraded };
  }

  /** Looks at the schema until nothing is missing. To be called once the node listens. */
  start(): void {
    void this.#look();
  }

  drain(): void {
    this.#state = 'draining';
    this.#cancel();
  }

  async #look(): Promise<void> {
    const fault = await this.#findFault();
    // A stop may have come meanwhile.
    if (this.#state === 'draining') return;
    if (fault === null) {
      this.#state = 'ready';
      this.#onReady();
      return;
    }
    if (this.#fault.isNews(fault.message)) this.sources.logger.warn(fault.fields, fault.message);
    this.#cancel = this.#timers.after(LOOK_AGAIN_MS, () => void this.#look());
  }

  async #findFault(): Promise<{ fields: object; message: string } | null> {
    try {
      this.#missing = await this.sources.missingMigrations();
      if (this.#missing.length === 0) return null;
      return { fields: { missing: this.#missing }, message: 'not ready: the database lacks migrations' };
    } catch (error) {
      return { fields: { err: error }, message: 'not ready: the database cannot be asked for its migrations' };
    }
  }
}
