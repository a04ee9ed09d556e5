import type { Position } from './sdk-operation.js';

/**
 * Reads page after page. `for await` gives the items of all of them; `limit` bounds a page, not the walk. It can be
 * walked any number of times, each time from its beginning.
 */
export class Pages<Item, Page extends { items: Item[] } & Position> implements AsyncIterable<Item> {
  readonly #read: (position: string | null) => Promise<Page>;
  readonly #start: string | null;

  /** @param read reads the page at a position; null is the beginning */
  constructor(read: (position: string | null) => Promise<Page>, start: string | null) {
    this.#read = read;
    this.#start = start;
  }

  /** Reads the first page alone. */
  page(): Promise<Page> {
    return this.#read(this.#start);
  }

  /** Reads all pages, one at a time: the next one is asked for when it is wanted. */
  async *pages(): AsyncGenerator<Page, void, undefined> {
    for (let position = this.#start; ; ) {
      const page = await this.#read(position);
      yield page;
      position = nextOf(page);
      if (position === null) return;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    // A page may be empty although more follow.
    for await (const page of this.pages()) yield* page.items;
  }
}

function nextOf({ nextToken, next, more }: Position): string | null {
  return more === true && next !== undefined ? next : (nextToken ?? null);
}
