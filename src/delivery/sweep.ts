import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { OutgoingMessage } from '../core/message.js';
import type { DeliveryStore, HeldRevocation } from '../core/message-store.js';
import type { Registry } from './registry.js';
import type { Timers } from './timers.js';

/** A transaction that was begun earlier than this before it became visible is not reckoned with, in milliseconds. */
export const COMMIT_MARGIN_MS = 5_000;
/** Younger messages are on their way on the bus. */
const MIN_AGE_MS = 500;
/** After a gap, nodes do not ask all at the same moment. */
const GAP_SPREAD_MS = 300;

/** What a sweep found, for the node to act on. */
export interface Findings {
  pending(tenantId: string, recipient: string): void;
  global(tenantId: string, message: OutgoingMessage): void;
  revoked(revocation: HeldRevocation): void;
  inactive(tenantId: string): void;
}

/**
 * The node's regular look at the database: what the bus lost is found here. Its interval is how long a lost event can delay a
 * message, at most.
 */
export class Sweep {
  #cancel = () => {};
  #looking: Promise<void> | null = null;
  #stopped = false;
  /** Events may have been lost since the last look, so young messages count, too. */
  #gap = false;
  /** From when on the next look must see, by the database's clock. */
  #since: number;
  #lookedAt: number;

  constructor(
    private readonly store: Pick<DeliveryStore, 'findPending' | 'globalsSince' | 'revocationsSince'>,
    private readonly registry: Registry,
    private readonly findings: Findings,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly intervalMs: number,
    private readonly logger: Logger,
  ) {
    this.#since = clock.now() - COMMIT_MARGIN_MS;
    this.#lookedAt = timers.now();
    this.#plan();
  }

  /** Globals created before this moment, by the database's clock, have been looked for. */
  get since(): number {
    return this.#since;
  }

  /** The last look succeeded, and not long ago. */
  get fresh(): boolean {
    return this.timers.now() - this.#lookedAt <= 2 * this.intervalMs;
  }

  /** Events may have been lost: look soon. */
  afterGap(): void {
    if (this.#stopped) return;
    this.#gap = true;
    this.#cancel();
    this.#cancel = this.timers.after(this.timers.random() * GAP_SPREAD_MS, () => this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  // Jittered, and early enough that the interval is the bound.
  #plan(): void {
    if (this.#stopped) return;
    this.#cancel();
    this.#cancel = this.timers.after(this.intervalMs * (0.6 + 0.2 * this.timers.random()), () => this.#run());
  }

  #run(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
      if (this.#gap) this.afterGap();
      else this.#plan();
    });
  }

  async #look(): Promise<void> {
    const minAge = this.#gap ? 0 : MIN_AGE_MS;
    this.#gap = false;
    const until = this.clock.now() - COMMIT_MARGIN_MS;
    const since = new Date(this.#since);
    const tenantIds = [...this.registry.tenants()].map((tenant) => tenant.tenantId);
    try {
      if (tenantIds.length > 0) {
        const [pending, globals, standing] = await Promise.all([
          this.store.findPending(this.registry.held(), minAge),
          this.store.globalsSince(tenantIds, since),
          this.store.revocationsSince(tenantIds, since),
        ]);
        for (const tenantId of standing.inactiveTenants) this.findings.inactive(tenantId);
        for (const revocation of standing.revocations) this.findings.revoked(revocation);
        for (const { tenantId, message } of globals) this.findings.global(tenantId, message);
        for (const { tenantId, recipient } of pending) this.findings.pending(tenantId, recipient);
      }
      this.#since = until;
      this.#lookedAt = this.timers.now();
    } catch (error) {
      this.logger.debug({ err: error }, 'a sweep failed and is tried again');
    }
  }
}
