import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { Logger } from '../../core/ports/logger.js';
import type {
  DeliveryStore,
  HeldRecipient,
  HeldRecipients,
  HeldRevocation,
  PendingWatermark,
} from '../../core/ports/stores/delivery-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { LATE_ROWS_MS } from '../recording/global-row-recorder.js';
import { RoundRobin } from './round-robin.js';

/** A transaction that was begun earlier than this before it became visible is not reckoned with, in milliseconds. */
export const COMMIT_MARGIN_MS = 5_000;
/** Younger messages are on their way on the bus. */
const MIN_AGE_MS = 500;
/** In this time everybody who is held is looked for by name once. */
const ROUND_MS = 120_000;
/** After anything irregular, everybody is looked for in each look for so long. */
const DOUBT_MS = 60_000;
/** Rows of a global message without an expiry, from whatever node, are there so long after its creation, or are announced as late. */
const ROWS_COMING_MS = 3 * LATE_ROWS_MS;
/** After a gap, nodes do not ask all at the same moment. */
const GAP_SPREAD_MS = 300;

/** Who is held on this node. */
export interface HeldHere {
  tenants(): Iterable<{ readonly tenantId: string }>;
  held(): HeldRecipients;
  openedSince(tenantId: string, at: number): HeldRecipient[];
}

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
 *
 * A look has to find what became visible since the last one, no more: what was visible before, each connection has been given, by its
 * drain or by a look, or knows that it has to ask for. So nothing depends on the end of another node's connection, which may be unable to
 * tell: what that one had not confirmed, the recipient's connections here have been given, too. Rows of global messages have the id of the
 * global's time, and may be made later than ids tell, for frames that only another node wrote: a connection here that was opened between frame
 * and row is looked for by name while such rows can come, and everybody is if they come late. Beside that, everybody
 * is looked for by name once a round, and for a while after anything irregular, for what nobody thought of.
 */
export class Sweeper {
  #cancel = () => {};
  #looking: Promise<void> | null = null;
  #stopped = false;
  /** Events may have been lost since the last look, so young messages count, too. */
  #gap = false;
  /** From when on the next look must see, by the database's clock, and when that was decided, by the node's. */
  #from: { since: number; at: number };
  #lookedAt: number;
  #watermark: PendingWatermark | null = null;
  /** Until then everybody is looked for. */
  #doubtUntil = Number.NEGATIVE_INFINITY;
  readonly #rounds: RoundRobin;
  /** When the newest global message without an expiry was created, by tenant. */
  readonly #globals = new Map<string, number>();

  constructor(
    private readonly store: Pick<DeliveryStore, 'findPending' | 'globalsSince' | 'revocationsSince'>,
    private readonly registry: HeldHere,
    private readonly findings: Findings,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly intervalMs: number,
    private readonly logger: Logger,
  ) {
    this.#from = this.#here;
    this.#lookedAt = timers.now();
    this.#rounds = new RoundRobin(() => registry.held());
    this.doubt();
    this.#plan();
  }

  /**
   * Globals created before this moment, by the database's clock, have been looked for. Where that clock was put back, or is another server's
   * since a fail-over, the moment goes back with it.
   */
  get since(): number {
    const { since, at } = this.#here;
    return Math.min(this.#from.since, since - (at - this.#from.at));
  }

  /** What a look that begins now will have seen. */
  get #here(): { since: number; at: number } {
    return { since: this.clock.now() - COMMIT_MARGIN_MS, at: this.timers.now() };
  }

  /** The last look succeeded, and not long ago. */
  get fresh(): boolean {
    return this.timers.now() - this.#lookedAt <= 2 * this.intervalMs;
  }

  /** Events may have been lost: look soon. */
  afterGap(): void {
    if (this.#stopped) return;
    this.#gap = true;
    this.doubt();
    this.#cancel();
    this.#cancel = this.timers.after(this.timers.random() * GAP_SPREAD_MS, () => this.#run());
  }

  /** Something may be pending that is neither new nor known to its connections. */
  doubt(): void {
    this.#doubtUntil = this.timers.now() + DOUBT_MS + this.intervalMs;
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
    const until = this.#here;
    const since = new Date(this.since);
    const tenantIds = [...this.registry.tenants()].map((tenant) => tenant.tenantId);
    try {
      if (tenantIds.length > 0) {
        const [found, globals, standing] = await Promise.all([
          this.store.findPending({
            last: this.#watermark,
            everything: this.timers.now() < this.#doubtUntil,
            minAgeMs: minAge,
            held: () => this.registry.held(),
            also: () => this.#also(),
          }),
          this.store.globalsSince(tenantIds, since),
          this.store.revocationsSince(tenantIds, since),
        ]);
        for (const tenantId of standing.inactiveTenants) this.findings.inactive(tenantId);
        for (const revocation of standing.revocations) this.findings.revoked(revocation);
        for (const { tenantId, message } of globals) {
          if (message.expiresAt === null) this.#globals.set(tenantId, message.createdAt);
          this.findings.global(tenantId, message);
        }
        for (const { tenantId, recipient } of found.pending) this.findings.pending(tenantId, recipient);
        this.#watermark = found.watermark;
        if (found.doubt) this.doubt();
      }
      this.#from = until;
      this.#lookedAt = this.timers.now();
    } catch (error) {
      this.doubt();
      this.logger.debug({ err: error }, 'a sweep failed and is tried again');
    }
  }

  /** Who is looked for by name though nothing new may be pending for them. */
  #also(): HeldRecipient[] {
    const also = this.#rounds.next(Math.min(1, (this.timers.now() - this.#lookedAt) / ROUND_MS));
    // Such rows are met by the look after they became visible.
    const from = this.clock.now() - ROWS_COMING_MS - 2 * this.intervalMs;
    for (const [tenantId, createdAt] of this.#globals) {
      if (createdAt < from) this.#globals.delete(tenantId);
      else also.push(...this.registry.openedSince(tenantId, from - COMMIT_MARGIN_MS));
    }
    return also;
  }
}
