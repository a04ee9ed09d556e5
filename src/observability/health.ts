import type { Logger } from '../core/ports/logger.js';
import type { Readiness } from './admin-endpoints.js';

export interface HealthSources {
  /** False while the database is away. */
  databaseAvailable(): boolean;
  /** False while Redis is away. */
  busAvailable(): boolean;
  /** Names of the migrations that the database lacks; rejects while it cannot be asked. */
  missingMigrations(): Promise<readonly string[]>;
  logger: Logger;
}

/** How often a node that is not ready looks again. */
const LOOK_AGAIN_MS = 500;

/** What a node knows of its own readiness: starting until its schema was seen to be there, then ready, at last draining. */
export class Health {
  #state: Readiness['state'] = 'starting';
  #missing: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly sources: HealthSources) {}

  get readiness(): Readiness {
    const degraded: Array<'database' | 'redis'> = [];
    if (!this.sources.databaseAvailable()) degraded.push('database');
    if (!this.sources.busAvailable()) degraded.push('redis');
    return { state: this.#state, missingMigrations: this.#missing, degraded };
  }

  /** Called once the node listens. Looks at the schema until nothing is missing. */
  start(): void {
    void this.#look();
  }

  drain(): void {
    this.#state = 'draining';
    clearTimeout(this.#timer);
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
    this.#timer = setTimeout(() => this.#look(), LOOK_AGAIN_MS);
    this.#timer.unref();
  }
}
