import { BUCKETS, bucketOf, type DeliveryTimes } from '../core/domain/usage/delivery-time.js';
import type { UsageCounter } from '../core/domain/usage/usage-counter.js';
import type { UsageReport } from '../core/ports/stores/usage-store.js';
import type { UsageMeter } from '../core/ports/usage-meter.js';
import type { TenantTotals } from './tenant-metrics.js';

/** Keeps totals of so many tenants for `/tenant-metrics`; those of the others are added up. */
const MAX_TENANTS = 1_000;

const NO_TIMES: DeliveryTimes = { buckets: [], counts: [] };

/** Counts what one tenant does on this node. */
class TenantTally {
  // Since the last report.
  connects = 0;
  refused = 0;
  liveEvents = 0;
  webhookAttempts = 0;
  /** Made with the first receipt, and used again. */
  #times: Uint32Array | null = null;
  #anyTimes = false;
  // Now, and at most since the last report.
  connections = 0;
  peak = 0;
  /** Minute whose connections were reported last. */
  #reportedMinute = -1;

  /** @param totals since the node started */
  constructor(readonly totals: TenantTotals) {}

  delivered(ms: number): void {
    this.#times ??= new Uint32Array(BUCKETS);
    const bucket = bucketOf(ms);
    this.#times[bucket] = (this.#times[bucket] as number) + 1;
    this.#anyTimes = true;
  }

  /** Whether nothing is there that a later report would need. */
  get idle(): boolean {
    return this.connections === 0 && this.peak === 0 && this.#counted === 0 && !this.#anyTimes;
  }

  get #counted(): number {
    return this.connects + this.refused + this.liveEvents + this.webhookAttempts;
  }

  /** Takes what is to be reported; null if there is nothing. Connections that stay are told once a minute. */
  take(tenantId: string, minute: number): UsageReport | null {
    const tellsConnections = this.peak > 0 && (minute !== this.#reportedMinute || this.peak > this.connections);
    if (this.#counted === 0 && !this.#anyTimes && !tellsConnections) return null;
    const report: UsageReport = {
      tenantId,
      minute,
      connections: this.peak,
      connects: this.connects,
      refused: this.refused,
      liveEvents: this.liveEvents,
      webhookAttempts: this.webhookAttempts,
      times: this.#takeTimes(),
    };
    this.connects = this.refused = this.liveEvents = this.webhookAttempts = 0;
    this.peak = this.connections;
    this.#reportedMinute = minute;
    return report;
  }

  /** Takes back what could not be reported. */
  giveBack(report: UsageReport): void {
    this.connects += report.connects;
    this.refused += report.refused;
    this.liveEvents += report.liveEvents;
    this.webhookAttempts += report.webhookAttempts;
    this.peak = Math.max(this.peak, report.connections);
    this.#reportedMinute = -1;
    const { buckets, counts } = report.times;
    if (buckets.length === 0) return;
    this.#times ??= new Uint32Array(BUCKETS);
    for (const [i, bucket] of buckets.entries()) this.#times[bucket] = (this.#times[bucket] as number) + (counts[i] as number);
    this.#anyTimes = true;
  }

  #takeTimes(): DeliveryTimes {
    if (!this.#anyTimes || this.#times === null) return NO_TIMES;
    const buckets: number[] = [];
    const counts: number[] = [];
    for (const [bucket, count] of this.#times.entries()) {
      if (count === 0) continue;
      buckets.push(bucket);
      counts.push(count);
    }
    this.#times.fill(0);
    this.#anyTimes = false;
    return { buckets, counts };
  }
}

const noTotals = (): TenantTotals => ({
  accepted: 0,
  acceptedBytes: 0,
  globals: 0,
  receipts: 0,
  liveEvents: 0,
  connects: 0,
  refused: 0,
  connections: 0,
});

/** Counts what tenants do on this node, to be reported every few seconds. See docs/design/usage.md. */
export class TenantUsage implements UsageMeter {
  readonly #tenants = new Map<string, TenantTally>();
  readonly #totals = new Map<string, TenantTotals>();
  readonly #others = noTotals();

  /** @param maxTenants whose totals are kept apart */
  constructor(private readonly maxTenants = MAX_TENANTS) {}

  count(tenantId: string, counter: UsageCounter, by = 1): void {
    const tally = this.#tally(tenantId);
    tally[counter] += by;
    if (counter !== 'webhookAttempts') tally.totals[counter] += by;
  }

  opened(tenantId: string): void {
    const tally = this.#tally(tenantId);
    tally.connects++;
    tally.connections++;
    if (tally.connections > tally.peak) tally.peak = tally.connections;
    tally.totals.connects++;
    tally.totals.connections++;
  }

  closed(tenantId: string): void {
    const tally = this.#tally(tenantId);
    tally.connections--;
    tally.totals.connections--;
  }

  accepted(tenantId: string, messages: number, bytes: number): void {
    const totals = this.#totalsOf(tenantId);
    totals.accepted += messages;
    totals.acceptedBytes += bytes;
  }

  globalAccepted(tenantId: string): void {
    this.#totalsOf(tenantId).globals++;
  }

  delivered(tenantId: string, ms: number): void {
    const tally = this.#tally(tenantId);
    tally.delivered(ms);
    tally.totals.receipts++;
  }

  /** Takes what has come together since the last call. @param minute since 1970, by the database's clock */
  take(minute: number): UsageReport[] {
    const reports: UsageReport[] = [];
    for (const [tenantId, tally] of this.#tenants) {
      const report = tally.take(tenantId, minute);
      if (report) reports.push(report);
      else if (tally.idle) this.#tenants.delete(tenantId);
    }
    return reports;
  }

  /** Takes back what could not be reported; it goes with the next report. */
  giveBack(reports: readonly UsageReport[]): void {
    for (const report of reports) this.#tally(report.tenantId).giveBack(report);
  }

  /** Lists totals by tenant id, and those of all tenants beyond the first thousand together. */
  get totals(): { byTenant: ReadonlyMap<string, TenantTotals>; others: TenantTotals } {
    return { byTenant: this.#totals, others: this.#others };
  }

  #tally(tenantId: string): TenantTally {
    let tally = this.#tenants.get(tenantId);
    if (tally === undefined) {
      tally = new TenantTally(this.#totalsOf(tenantId));
      this.#tenants.set(tenantId, tally);
    }
    return tally;
  }

  #totalsOf(tenantId: string): TenantTotals {
    const known = this.#totals.get(tenantId);
    if (known !== undefined) return known;
    if (this.#totals.size >= this.maxTenants) return this.#others;
    const totals = noTotals();
    this.#totals.set(tenantId, totals);
    return totals;
  }
}
