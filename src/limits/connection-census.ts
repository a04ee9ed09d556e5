import type { Limits, OwnLimits } from '../core/domain/tenant-limits.js';
import type { ConnectionLimits } from '../core/ports/connection-limits.js';
import type { Timers } from '../lib/time/timers.js';
import { withTimeout } from '../lib/time/with-timeout.js';

/** Counts what other nodes reported in this time, in milliseconds; what is older is nobody's any more. */
const REPORTED_MS = 3_000;
/** Reports this often, in milliseconds, so that one report may be lost. */
const REPORT_MS = 1_000;
/**
 * Reports a change that comes while a report is under way after this long, in milliseconds: a storm shares
 * it.
 */
const CHANGE_MS = 5;
/** Asks again before a handshake is judged by a sum that is older than this, in milliseconds... */
const EXACT_MS = 20;
/** ...or whenever the tenant holds at least this part of its limit, since then every connection matters. */
const NEAR = 0.9;
/** Keeps a handshake waiting for at most so long, in milliseconds. */
const PATIENCE_MS = 300;
/** Goes on reporting for this long after the last handshake, in milliseconds, where nothing is held. */
const WATCHED_MS = 60_000;

/** Tells the other nodes what this one holds. */
export interface ConnectionReports {
  /** False while Redis is away. */
  readonly usable: boolean;
  /**
   * Reports a tenant's connections here.
   * @returns those of the other nodes that reported in the last 3 s
   * @throws if there is no answer in time
   */
  report(tenantId: string, held: number): Promise<number>;
  /** Tells nodes about tenants that have to be reported by all. */
  watch(tenants: WatchedTenants): void;
}

/** Tenants whose connections are limited, as the nodes tell each other of them. */
export interface WatchedTenants {
  /** Lists this node's tenants with a limit of their own that had a handshake lately. */
  mine(): readonly string[];
  /** Takes those of all nodes. */
  heard(tenantIds: readonly string[]): void;
}

interface Counted {
  /** Null while this node does not know of a limit, and reports because another one does. */
  limit: number | null;
  /** True if the limit is the tenant's own: other nodes may not know of it. */
  isOwn: boolean;
  /** Connections of other nodes. */
  others: number;
  othersAt: number;
  wantedAt: number;
  report: Promise<void> | null;
  cancelReport: (() => void) | null;
}

interface ConnectionCensusDeps {
  /** Limits of every tenant that has none of its own. */
  defaults: Limits;
  /** Null without Redis: this process is the only one. */
  reports: ConnectionReports | null;
  timers: Timers;
  onRefused(): void;
}

/**
 * Keeps the limit of a tenant's open connections over all nodes. Only nodes that hold some, or are asked for
 * some, report, and only about tenants that have a limit.
 */
export class ConnectionCensus implements ConnectionLimits {
  readonly #tenants = new Map<string, Counted>();
  #held: (tenantId: string) => number = () => 0;
  #cancel = () => {};

  constructor(private readonly deps: ConnectionCensusDeps) {
    deps.reports?.watch({ mine: () => this.#mine(), heard: (tenantIds) => this.#heard(tenantIds) });
    this.#tick();
  }

  countHeld(held: (tenantId: string) => number): void {
    this.#held = held;
  }

  prepare(tenantId: string, own: OwnLimits | null): Promise<void> | undefined {
    const isOwn = own?.connections !== undefined;
    const limit = isOwn ? (own.connections ?? null) : this.deps.defaults.connections;
    if (limit === null) {
      if (this.#tenants.size > 0) this.#forget(tenantId);
      return undefined;
    }
    const counted = this.#counted(tenantId);
    counted.limit = limit;
    counted.isOwn = isOwn;
    const now = this.deps.timers.now();
    counted.wantedAt = now;
    if (!this.deps.reports?.usable) return undefined;
    const isNear = this.#held(tenantId) + this.#othersOf(counted, now) >= NEAR * limit - 1;
    if (!isNear && now - counted.othersAt < EXACT_MS) return undefined;
    const late = () => new Error('no answer in time');
    return withTimeout(this.#report(tenantId, counted), PATIENCE_MS, late, this.deps.timers).catch(() => {});
  }

  isFull(tenantId: string): boolean {
    const counted = this.#tenants.get(tenantId);
    if (counted === undefined || counted.limit === null) return false;
    const isFull = this.#held(tenantId) + this.#othersOf(counted, this.deps.timers.now()) >= counted.limit;
    if (isFull) this.deps.onRefused();
    return isFull;
  }

  changed(tenantId: string): void {
    if (this.#tenants.size === 0) return;
    const counted = this.#tenants.get(tenantId);
    if (counted === undefined || !this.deps.reports?.usable) return;
    if (counted.report === null && counted.cancelReport === null) {
      void this.#report(tenantId, counted);
      return;
    }
    counted.cancelReport ??= this.deps.timers.after(CHANGE_MS, () => {
      counted.cancelReport = null;
      // One that is still under way has the former number.
      void (counted.report ?? Promise.resolve()).then(() => this.#report(tenantId, counted));
    });
  }

  close(): void {
    this.#cancel();
    for (const tenantId of this.#tenants.keys()) this.#forget(tenantId);
  }

  #othersOf({ others, othersAt }: Counted, now: number): number {
    return now - othersAt <= REPORTED_MS ? others : 0;
  }

  #counted(tenantId: string): Counted {
    let counted = this.#tenants.get(tenantId);
    if (counted === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      counted = { limit: null, isOwn: false, others: 0, othersAt: never, wantedAt: never, report: null, cancelReport: null };
      this.#tenants.set(tenantId, counted);
    }
    return counted;
  }

  /** Never rejects. What is counted after a report has begun goes with the next. */
  #report(tenantId: string, counted: Counted): Promise<void> {
    const { reports, timers } = this.deps;
    if (reports === null) return Promise.resolve();
    counted.report ??= reports
      .report(tenantId, this.#held(tenantId))
      .then(
        (others) => {
          counted.others = others;
          counted.othersAt = timers.now();
        },
        () => {},
      )
      .finally(() => {
        counted.report = null;
      });
    return counted.report;
  }

  #tick(): void {
    this.#cancel = this.deps.timers.after(REPORT_MS, () => {
      const now = this.deps.timers.now();
      for (const [tenantId, counted] of this.#tenants) {
        if (now - counted.wantedAt > WATCHED_MS && this.#held(tenantId) === 0) this.#forget(tenantId);
        else if (this.deps.reports?.usable) void this.#report(tenantId, counted);
      }
      this.#tick();
    });
  }

  #forget(tenantId: string): void {
    this.#tenants.get(tenantId)?.cancelReport?.();
    this.#tenants.delete(tenantId);
  }

  #mine(): string[] {
    const now = this.deps.timers.now();
    const mine: string[] = [];
    for (const [tenantId, { isOwn, limit, wantedAt }] of this.#tenants)
      if (isOwn && limit !== null && now - wantedAt < WATCHED_MS) mine.push(tenantId);
    return mine;
  }

  /** Reports about tenants that other nodes have handshakes of, though this one may not know their limit. */
  #heard(tenantIds: readonly string[]): void {
    const now = this.deps.timers.now();
    for (const tenantId of tenantIds) {
      if (this.#tenants.has(tenantId) || this.#held(tenantId) === 0) continue;
      this.#counted(tenantId).wantedAt = now;
    }
  }
}
