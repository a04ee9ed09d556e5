import { parseEventId } from '../../domain/status-feed/event-position.js';
import type { StatusEvent } from '../../domain/status-feed/status-event.js';

/** Keeps this many pages. */
const MOST_PAGES = 8;
/** Keeps a page for so long, in milliseconds: what is erased must not be told of much later. */
const MAX_AGE_MS = 5_000;

/** What stands in the feed between two positions. */
export interface Stretch {
  readonly items: readonly StatusEvent[];
  /** Position behind it. */
  readonly next: string;
}

interface Kept extends Stretch {
  /** Numbers of the positions before and behind it. */
  readonly from: number;
  readonly to: number;
  readonly readAt: number;
}

/** The newest pages of a tenant's feed, for those who follow it together. */
export class EventWindow {
  #pages: Kept[] = [];
  #head: number;

  /** @param head position behind which the first page will begin */
  constructor(
    private readonly tenantId: string,
    head: string,
  ) {
    this.#head = this.numberOf(head);
    this.position = head;
  }

  /** Position behind the newest page. */
  position: string;

  /** Adds the page behind the newest one. */
  add({ items, next }: Stretch, now: number): void {
    const to = this.numberOf(next);
    if (to > this.#head) this.#pages.push({ items, next, from: this.#head, to, readAt: now });
    this.#head = Math.max(this.#head, to);
    this.position = next;
    this.#forget(now);
  }

  /**
   * Finds what comes behind a position.
   * @returns 'head' if nothing is known of that yet; 'behind' if it is kept no more
   */
  after(position: string, now: number): Stretch | 'head' | 'behind' {
    const number = this.numberOf(position);
    if (number >= this.#head) return 'head';
    this.#forget(now);
    const page = this.#pages.find(({ from, to }) => from <= number && number < to);
    if (page === undefined) return 'behind';
    if (page.from === number) return page;
    return { items: page.items.filter(({ id }) => this.numberOf(id) > number), next: page.next };
  }

  numberOf(position: string): number {
    return parseEventId(this.tenantId, position)?.number ?? 0;
  }

  #forget(now: number): void {
    const isOld = ({ readAt }: Kept, index: number) => now - readAt >= MAX_AGE_MS || index < this.#pages.length - MOST_PAGES;
    if (this.#pages[0] && isOld(this.#pages[0], 0)) this.#pages = this.#pages.filter((page, index) => !isOld(page, index));
  }
}
