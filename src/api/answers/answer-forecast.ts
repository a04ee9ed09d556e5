import { LRUCache } from 'lru-cache';
import { LIMITS } from '../../core/domain/limits.js';

/** Remembers this many tenants, at most. */
const TENANTS = 10_000;
/**
 * Halves the difference to shorter pages, in milliseconds: time and not their number counts, for a client makes as many
 * as it likes.
 */
const HALVED_MS = 10_000;

interface Known {
  /** Bytes for each item that was asked for. */
  readonly itemBytes: number;
  /** When its last page was known, by the clock. */
  readonly at: number;
}

/**
 * Foretells how long the pages of a tenant are, by those before: its texts are mostly of a size. A page that was longer
 * than foreseen counts at once; shorter ones over time.
 */
export class AnswerForecast {
  readonly #known = new LRUCache<string, Known>({ max: TENANTS });

  /** @param now is in milliseconds, of a clock that never goes back */
  constructor(private readonly now: () => number) {}

  /** Returns the bytes of a page of so many items. A tenant's first page may be of the longest texts. */
  bytesOf(tenantId: string, items: number): number {
    return items * (this.#known.get(tenantId)?.itemBytes ?? LIMITS.messageBytes);
  }

  /** Learns from a page that is known. */
  learn(tenantId: string, items: number, bytes: number): void {
    const each = bytes / items;
    const at = this.now();
    const known = this.#known.get(tenantId) ?? { itemBytes: 0, at };
    const kept = 0.5 ** ((at - known.at) / HALVED_MS);
    this.#known.set(tenantId, { itemBytes: Math.max(each, each + kept * (known.itemBytes - each)), at });
  }
}
