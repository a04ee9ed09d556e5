import type { Logger } from '../core/ports/logger.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';
import type { Readiness } from './admin-endpoints.js';

interface HealthSources {
  /** False while the database is away. */
  databaseAvailable(): boolean;
  /** False while Redis is away. */
  busAvailable(): boolean;
  /** Names of the migrations that the database lacks; rejects while it cannot be asked. */
  missingMigrations(): Promise<readonly string[]>;
  logger: Logger;
  timers?: Pick<Timers, 'after'>;
}

/** Looks again this often while the node is not ready, in milliseconds. */
const LOOK_AGAIN_MS = 500;

/** Follows a node's readiness: starting until its schema is seen to be complete, ready, draining. */
export class Health {
  #state: Readiness['state'] = 'starting';
  #missing: readonly string[] = [];
  #cancel = () => {};

  constructor(private readonly sources: HealthSources) {}

  get readiness(): Readiness {
    const degraded: Array<'database' | 'redis'> = [];
    if (!this.sources.databaseAvailable()) degraded.push('database');
    if (!this.sources.busAvailable()) degraded.push('redis');
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
    try {
      this.#missing = await this.sources.missingMigrations();
      if (this.#state === 'starting' && this.#missing.length === 0) {
        this.#state = 'ready';
        return;
      }
      this.sources.logger.warn({ missing: this.#missing }, 'not ready: the database lacks migrations');
    } catch (error) {
      if (this.#state === 'draining') return;
      this.sources.logger.warn({ err: error }, 'not ready: the database cannot be asked for its migrations');
    }
    if (this.#state === 'draining') return;
    const { timers = systemTimers } = this.sources;
    this.#cancel = timers.after(LOOK_AGAIN_MS, () => void this.#look());
  }
}
