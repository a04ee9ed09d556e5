import type { StatusEvent } from '../../domain/status-feed/status-event.js';
import type { StatusEventQuery } from '../../ports/stores/feed/status-feed-store.js';
import { matchesQuery } from './event-filter.js';
import { type FollowerDeps, TenantFollower } from './tenant-follower.js';

interface Shared {
  readonly follower: TenantFollower;
  readers: number;
}

export interface FollowingReader {
  tenantId: string;
  query: StatusEventQuery;
  /** Position to begin behind. */
  from: string;
  /** Position behind the newest event, as it was just read. */
  newest: string;
  signal: AbortSignal;
}

/** Lets any number of readers follow feeds of status events, with one follower for those of a tenant. */
export class StatusFollowers {
  readonly #byTenant = new Map<string, Shared>();
  #names = 0;

  constructor(private readonly deps: FollowerDeps) {}

  /**
   * Yields what comes behind a position and matches, oldest first, never an empty list. Ends when the feed is
   * switched off or the signal is aborted.
   * @throws TidingsError SERVICE_UNAVAILABLE if the database was away for long; POSITION_EXPIRED
   */
  async *follow({ tenantId, query, from, newest, signal }: FollowingReader): AsyncGenerator<readonly StatusEvent[], void, void> {
    const shared = this.#enter(tenantId, newest);
    const reader = { name: String(this.#names++), query, signal };
    let position = from;
    try {
      for (;;) {
        const stretch = await shared.follower.next(reader, position);
        if (stretch === null) return;
        position = stretch.next;
        const items = stretch.items.filter((event) => matchesQuery(event, query));
        if (items.length > 0) yield items;
      }
    } finally {
      this.#leave(tenantId, shared);
    }
  }

  #enter(tenantId: string, newest: string): Shared {
    let shared = this.#byTenant.get(tenantId);
    if (shared === undefined || shared.follower.hasEnded) {
      shared = { follower: new TenantFollower(this.deps, tenantId, newest), readers: 0 };
      this.#byTenant.set(tenantId, shared);
    }
    shared.readers++;
    return shared;
  }

  #leave(tenantId: string, shared: Shared): void {
    if (--shared.readers > 0) return;
    shared.follower.close();
    if (this.#byTenant.get(tenantId) === shared) this.#byTenant.delete(tenantId);
  }
}
