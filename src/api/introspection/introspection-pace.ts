import { sleep, systemTimers, type Timers } from '../../lib/time/timers.js';

/** Lets a tenant's questions about the schema take a tenth of the event loop: a field takes about 1 µs. */
const MS_PER_FIELD = 0.01;
/** Has a question wait at most this long, in milliseconds. */
const MAX_WAIT_MS = 10_000;
/** Forgets tenants that owe nothing once there are more than this. */
const TENANTS = 1_000;

/** Spreads the questions of each tenant about the schema: each of them is answered in one go. */
export class IntrospectionPace {
  /** Holds the moment from which on a tenant may ask again. */
  readonly #freeAt = new Map<string, number>();

  constructor(private readonly timers: Timers = systemTimers) {}

  /** Resolves to null when the question may be answered; to the seconds to come back after, if it may not. */
  async turn(tenantId: string, fields: number): Promise<number | null> {
    const now = this.timers.now();
    const freeAt = Math.max(now, this.#freeAt.get(tenantId) ?? now);
    if (freeAt - now > MAX_WAIT_MS) return Math.ceil((freeAt - now) / 1000);
    this.#freeAt.set(tenantId, freeAt + fields * MS_PER_FIELD);
    if (this.#freeAt.size > TENANTS) this.#forget(now);
    if (freeAt > now) await sleep(this.timers, freeAt - now);
    return null;
  }

  #forget(now: number): void {
    for (const [tenantId, freeAt] of this.#freeAt) if (freeAt <= now) this.#freeAt.delete(tenantId);
  }
}
