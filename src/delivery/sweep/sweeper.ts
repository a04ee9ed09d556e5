import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { Logger } from '../../core/ports/logger.js';
import type {
  DeliveryStore,
  HeldRecipient,
  HeldRecipients,
  HeldRevocation,
  PendingWatermark,
} from '../../core/ports/stores/delivery-store.js';
import { inTurns } from '../../lib/cooperative-loop.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { COMMIT_MARGIN_MS } from '../dispatch/commit-margin.js';
import { LATE_ROWS_MS } from '../recording/global-row-recorder.js';
import type { LossListener, LossSignal } from './loss-signal.js';
import { RoundRobin } from './round-robin.js';
import type { SweepProgress } from './sweep-progress.js';

/** Leaves out messages that are younger, in milliseconds: they are on their way on the bus. */
const MIN_AGE_MS = 500;
/** Looks for everybody who is held by name once within this time, in milliseconds. */
const ROUND_MS = 120_000;
/** Looks for everybody in each look for so long after anything irregular, in milliseconds. */
const DOUBT_MS = 60_000;
/**
 * Expects rows of a global without an expiry, from whatever node, for so long after its creation; later ones
 * are announced.
 */
const ROWS_COMING_MS = 3 * LATE_ROWS_MS;
/** Spreads the looks of nodes after a gap over so many milliseconds, so that they do not all ask at once. */
const GAP_SPREAD_MS = 300;
/** Acts for so many recipients in one turn of the event loop, which takes a millisecond or two. */
const PENDING_PER_TURN = 500;

/** Knows who is held on this node. */
interface HeldHere {
  tenants(): Iterable<{ readonly tenantId: string }>;
  held(): HeldRecipients;
  openedSince(tenantId: string, at: number): HeldRecipient[];
}

/** Acts on what a sweep found. */
interface Findings {
  pending(tenantId: string, recipient: string): void;
  global(tenantId: string, message: OutgoingMessage): void;
  revoked(revocation: HeldRevocation): void;
  inactive(tenantId: string): void;
}

interface SweeperDeps {
  store: Pick<DeliveryStore, 'findPending' | 'globalsSince' | 'revocationsSince'>;
  registry: HeldHere;
  findings: Findings;
  progress: SweepProgress;
  losses: LossSignal;
  /** Estimates the database's clock. */
  clock: Clock;
  timers: Timers;
  intervalMs: number;
  logger: Logger;
}

/**
 * Looks into the database at intervals, and finds what the bus lost: a lost event delays a message by one
 * interval at most. A look has to find what became visible since the last one, no more. See
 * docs/design/sweep.md.
 */
export class Sweeper implements LossListener {
  #cancel = () => {};
  #looking: Promise<void> | null = null;
  #stopped = false;
  /** Whether events may have been lost since the last look, so that young messages count, too. */
  #gap = false;
  #watermark: PendingWatermark | null = null;
  /** Everybody is looked for until then, by the node's clock. */
  #doubtUntil = Number.NEGATIVE_INFINITY;
  readonly #rounds: RoundRobin;
  /** Creation of the newest global message without an expiry, by tenant. */
  readonly #globals = new Map<string, number>();

  constructor(private readonly deps: SweeperDeps) {
    this.#rounds = new RoundRobin(() => deps.registry.held());
    deps.losses.listen(this);
    this.doubt();
    this.#plan();
  }

  /** Looks soon, because events may have been lost. */
  afterGap(): void {
    if (this.#stopped) return;
    this.#gap = true;
    this.doubt();
    this.#cancel();
    this.#cancel = this.deps.timers.after(this.deps.timers.random() * GAP_SPREAD_MS, () => this.#run());
  }

  /**
   * Looks for everybody for a while: something may be pending that is neither new nor known to its
   * connections.
   */
  doubt(): void {
    this.#doubtUntil = this.deps.timers.now() + DOUBT_MS + this.deps.intervalMs;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Plans the next look, jittered, and early enough that the interval is the bound. */
  #plan(): void {
    if (this.#stopped) return;
    this.#cancel();
    this.#cancel = this.deps.timers.after(this.deps.intervalMs * (0.6 + 0.2 * this.deps.timers.random()), () => this.#run());
  }

  #run(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
      if (this.#gap) this.afterGap();
      else this.#plan();
    });
  }

  async #look(): Promise<void> {
    const { registry, progress, logger } = this.deps;
    const minAgeMs = this.#gap ? 0 : MIN_AGE_MS;
    this.#gap = false;
    const until = progress.here;
    const since = new Date(progress.since);
    const tenantIds = [...registry.tenants()].map((tenant) => tenant.tenantId);
    try {
      if (tenantIds.length > 0) await this.#lookFor(tenantIds, since, minAgeMs);
      progress.looked(until);
    } catch (error) {
      this.doubt();
      logger.debug({ err: error }, 'a sweep failed and is tried again');
    }
  }

  async #lookFor(tenantIds: readonly string[], since: Date, minAgeMs: number): Promise<void> {
    const { store, registry, findings, timers } = this.deps;
    const [found, globals, standing] = await Promise.all([
      store.findPending({
        last: this.#watermark,
        everything: timers.now() < this.#doubtUntil,
        minAgeMs,
        held: () => registry.held(),
        also: () => this.#also(),
      }),
      store.globalsSince(tenantIds, since),
      store.revocationsSince(tenantIds, since),
    ]);
    for (const revocation of standing.revocations) findings.revoked(revocation);
    for (const tenantId of standing.inactiveTenants) findings.inactive(tenantId);
    for (const { tenantId, message } of globals) {
      if (message.expiresAt === null) this.#globals.set(tenantId, message.createdAt);
      findings.global(tenantId, message);
    }
    await inTurns(found.pending, PENDING_PER_TURN, (part) => {
      for (const { tenantId, recipient } of part) findings.pending(tenantId, recipient);
    });
    this.#watermark = found.watermark;
    if (found.doubt) this.doubt();
  }

  /** Lists whom to look for by name though nothing new may be pending for them. */
  #also(): HeldRecipient[] {
    const also = this.#rounds.next(Math.min(1, this.deps.progress.sinceLook / ROUND_MS));
    // Such rows are met by the look after they became visible.
    const from = this.deps.clock.now() - ROWS_COMING_MS - 2 * this.deps.intervalMs;
    for (const [tenantId, createdAt] of this.#globals) {
      if (createdAt < from) this.#globals.delete(tenantId);
      else also.push(...this.deps.registry.openedSince(tenantId, from - COMMIT_MARGIN_MS));
    }
    return also;
  }
}
