import { LRUCache } from 'lru-cache';
import { LIMITS } from '../../core/domain/limits.js';

/** Remembers this many tenants, at most. */
const TENANTS = 10_000;
/** Is the part that one page has in what is remembered, where it was shorter than foreseen. */
const WEIGHT = 0.2;

/**
 * Foretells how long the pages of a tenant are, by those before: its texts are mostly of a size. A page that was longer
 * than foreseen counts at once; shorter ones bit by bit.
 */
export class AnswerForecast {
  /** Bytes for each item that was asked for. */
  readonly #itemBytes = new LRUCache<string, number>({ max: TENANTS });

  /** Returns the bytes of a page of so many items. A tenant's first page may be of the longest texts. */
  bytesOf(tenantId: string, items: number): number {
    return items * (this.#itemBytes.get(tenantId) ?? LIMITS.messageBytes);
  }

  /** Learns from a page that is known. */
  learn(tenantId: string, items: number, bytes: number): void {
    const each = bytes / items;
    const known = this.#itemBytes.get(tenantId) ?? 0;
    this.#itemBytes.set(tenantId, Math.max(each, known + WEIGHT * (each - known)));
  }
}
