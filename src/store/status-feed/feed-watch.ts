import { systemTimers, type Timers } from '../../lib/time/timers.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { INTERNAL } from '../sharing/work.js';

/** Looks this often, in milliseconds, while anything is watched. */
const LOOK_MS = 300;

interface HeadRow {
  tenant_id: string;
  last_number: string;
  enabled: boolean;
}

interface Watched {
  wakes: Set<() => void>;
  /** Last number and switch, as they were seen last. */
  seen: string | null;
}

const LOOK = `
  SELECT h.tenant_id, h.last_number, f.enabled FROM status_feed_heads h JOIN status_feeds f ON f.tenant_id = h.tenant_id
  WHERE h.tenant_id = ANY ($1::uuid[])`;

/** Wakes whoever follows a feed. One look for all tenants that a node watches, and none if there are none. */
export class FeedWatch {
  readonly #tenants = new Map<string, Watched>();
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(
    private readonly database: Database,
    private readonly timers: Timers = systemTimers,
  ) {}

  watch(tenantId: string, wake: () => void): () => void {
    const watched = this.#tenants.get(tenantId) ?? { wakes: new Set(), seen: null };
    this.#tenants.set(tenantId, watched);
    // Two watchers may share a function.
    const own = () => wake();
    watched.wakes.add(own);
    this.#plan();
    return () => {
      watched.wakes.delete(own);
      if (watched.wakes.size === 0 && this.#tenants.get(tenantId) === watched) this.#tenants.delete(tenantId);
    };
  }

  /** Wakes those who follow these tenants at once: this node has just numbered their events. */
  numbered(tenantIds: readonly string[]): void {
    for (const id of tenantIds) for (const wake of this.#tenants.get(id)?.wakes ?? []) wake();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#tenants.clear();
  }

  #plan(): void {
    if (this.#closed || this.#cancel !== null || this.#tenants.size === 0) return;
    this.#cancel = this.timers.after(LOOK_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      const rows = await this.database.query<HeadRow>(LOOK, [plainArray([...this.#tenants.keys()])], { work: INTERNAL });
      for (const row of rows) this.#compare(row);
    } catch {
      // The next look finds what this one did not.
    }
    this.#cancel = null;
    this.#plan();
  }

  #compare({ tenant_id, last_number, enabled }: HeadRow): void {
    const watched = this.#tenants.get(tenant_id);
    const seen = `${last_number} ${enabled}`;
    if (!watched || watched.seen === seen) return;
    watched.seen = seen;
    for (const wake of watched.wakes) wake();
  }
}
