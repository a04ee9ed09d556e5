import { LRUCache } from 'lru-cache';
import type { DeliveryStore, PendingPage, PendingRequest } from '../../core/ports/stores/delivery-store.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import { PAGE_AGE_MS, PAGE_BYTES, type PendingSource } from '../connection/pending-pass.js';

/** Remembers the pages of so many tenants. */
const MAX_TENANTS = 1_000;

/**
 * Reads pages of what is pending, and hands each over in its tenant's turn: writing those of a hundred clients
 * that came at the same time would hold up everybody. Learns how much a tenant's pages bring.
 */
export class PageReader implements PendingSource {
  /** Characters that a tenant's next page is expected to have. */
  readonly #expected = new LRUCache<string, number>({ max: MAX_TENANTS });

  /** @param now returns milliseconds of a clock that only grows */
  constructor(
    private readonly store: Pick<DeliveryStore, 'pending' | 'unsentGlobals'>,
    private readonly turns: FairTurns,
    private readonly now: () => number,
  ) {}

  unsentGlobals: PendingSource['unsentGlobals'] = (...args) => this.store.unsentGlobals(...args);

  async pending(request: PendingRequest): Promise<PendingPage> {
    const { tenantId } = request;
    const page = await this.store.pending(request);
    this.#learn(tenantId, page);
    if (page.messages.length === 0) return page;
    const readAt = this.now();
    // Pages of one statement come in the same moment: none of them may begin at once, or all would.
    await this.turns.next(tenantId);
    if (this.now() - readAt <= PAGE_AGE_MS) return page;
    // A node whose turns are long has read it long ago. It has had its turn, or it would never be fresh.
    return this.store.pending(request);
  }

  /** Characters that the tenant's next page is expected to have: as many as it may, where nothing is known. */
  expected(tenantId: string): number {
    return this.#expected.get(tenantId) ?? PAGE_BYTES;
  }

  /** Hears that the tenant has sent a long text, which a connection without room leaves to its next page. */
  expectLong(tenantId: string): void {
    this.#expected.set(tenantId, PAGE_BYTES);
  }

  // Long pages are believed at once, short ones little by little: between them the next long one may come.
  #learn(tenantId: string, { messages }: PendingPage): void {
    let characters = 0;
    for (const { message } of messages) characters += message.message.length;
    this.#expected.set(tenantId, Math.max(characters, this.expected(tenantId) / 2));
  }
}
