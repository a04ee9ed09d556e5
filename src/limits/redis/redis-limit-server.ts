import { randomUUID } from 'node:crypto';
import type { Costs } from '../../core/domain/tenant-limits.js';
import type { Timers } from '../../lib/time/timers.js';
import type { ConnectionReports, WatchedTenants } from '../connection-census.js';
import type { Judgement, LimitServer, ToldBucket } from '../limit-server.js';
import { LimitLinks, type LimitLinksOptions } from './limit-links.js';

/** Says this often that the node is there, in milliseconds. */
const APPEAR_MS = 1_000;
/**
 * Believes no smaller number of nodes for this long after a Redis was found, in milliseconds: it may have
 * lost
 * its memory, and the nodes come back to it one after the other.
 */
const GATHERING_MS = 5_000;
/** Looks this often whether Redis is connected, in milliseconds. */
const CONNECT_MS = 50;

interface RedisLimitServerOptions extends LimitLinksOptions {
  /** Begins every key. */
  prefix: string;
  /** True if this node's API is one of those that share a limit while Redis is away. */
  servesApi: boolean;
  timers: Timers;
}

/** Keeps buckets, and reports of connections, on Redis or a Redis Cluster. */
export class RedisLimitServer implements LimitServer, ConnectionReports {
  readonly #links: LimitLinks;
  readonly #node = randomUUID();
  #nodes = 1;
  #apiNodes = 1;
  /** Until then nodes may not have said yet that they are there, by the node's own time. */
  #gatheringUntil = 0;
  #watched: WatchedTenants | null = null;
  #cancel = () => {};
  #closed = false;

  constructor(private readonly options: RedisLimitServerOptions) {
    this.#links = new LimitLinks(options);
    this.#appearAfter(CONNECT_MS);
  }

  get usable(): boolean {
    return this.#links.usable;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get apiNodes(): number {
    return this.#apiNodes;
  }

  async exchange(tenantId: string, buckets: readonly ToldBucket[], calls: readonly Costs[]): Promise<Judgement> {
    const told = buckets.flatMap(({ policy, rate, supposed, taken }) => [policy, rate, supposed, taken]);
    const costs = calls.flatMap((call) => buckets.map(({ policy }) => call[policy] ?? 0));
    const key = this.#key(tenantId, 'buckets');
    const answer = await this.#links.call('tidingsTake', [key], [buckets.length, ...told, ...costs]);
    const [levels, judged] = answer as [string[], Array<number | [number, string]>];
    return {
      levels: levels.map(Number),
      refusals: judged.map((refusal) => {
        if (!Array.isArray(refusal)) return null;
        const [place, waitMs] = refusal;
        return { policy: (buckets[place - 1] as ToldBucket).policy, waitMs: Number(waitMs) };
      }),
    };
  }

  async report(tenantId: string, held: number): Promise<number> {
    return Number(await this.#links.call('tidingsReport', [this.#key(tenantId, 'connections')], [this.#node, held]));
  }

  watch(tenants: WatchedTenants): void {
    this.#watched = tenants;
  }

  /** Says that the node is no more, if Redis can be told. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancel();
    if (this.#links.usable) await this.#links.call('tidingsLeave', this.#nodeKeys(), [this.#node]).catch(() => {});
    this.#links.close();
  }

  #appearAfter(ms: number): void {
    if (this.#closed) return;
    this.#cancel = this.options.timers.after(ms, () => void this.#appear());
  }

  async #appear(): Promise<void> {
    const { timers } = this.options;
    if (!this.#links.whole) {
      this.#gatheringUntil = timers.now() + GATHERING_MS;
      return this.#appearAfter(CONNECT_MS);
    }
    const keys = [...this.#nodeKeys(), this.#key('nodes', 'tenants')] as const;
    const mine = this.#watched?.mine() ?? [];
    try {
      const answer = await this.#links.call('tidingsAppear', keys, [this.#node, this.options.servesApi ? 1 : 0, ...mine]);
      const [all, api, tenants] = answer as [number, number, string[]];
      const isGathering = timers.now() < this.#gatheringUntil;
      this.#nodes = Math.max(1, all, isGathering ? this.#nodes : 0);
      this.#apiNodes = Math.max(1, api, isGathering ? this.#apiNodes : 0);
      this.#watched?.heard(tenants);
    } catch {
      // The links have said why. What was known goes on to hold.
    }
    this.#appearAfter(APPEAR_MS);
  }

  #nodeKeys(): [string, string] {
    return [this.#key('nodes', 'all'), this.#key('nodes', 'api')];
  }

  // The braces keep the keys of a tenant in one slot of a cluster.
  #key(tenant: string, what: string): string {
    return `${this.options.prefix}:limits:{${tenant}}:${what}`;
  }
}
