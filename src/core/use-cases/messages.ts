import type { Message } from '../domain/message.js';
import type { Page, QueryStore } from '../ports/stores/query-store.js';
import { type MessagesFilterInput, parseMessagesFilter } from '../validation/messages-filter.js';
import { parsePageLimit } from '../validation/page-limit.js';
import type { PageTokens } from '../validation/page-token.js';

export interface ListInput<Filter> {
  filter?: Filter | null;
  limit?: number | null;
  nextToken?: string | null;
}

export interface ListedPage<Item> {
  items: Item[];
  /** Null at the end, and only there. */
  nextToken: string | null;
}

/** Says how many of a page's items, from the first on, have room in the answer. */
export type Fits = (items: readonly unknown[]) => number;

export const all: Fits = (items) => items.length;

/** Is larger than every id: the page behind it is the first one. */
const BEFORE_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Ends a page where the answer is full. What does not fit begins the next page. */
export function cutPage<Item extends { id: string }>(page: Page<Item>, after: string | null, fits: Fits): Page<Item> {
  const count = fits(page.items);
  if (count === page.items.length) return page;
  const items = page.items.slice(0, count);
  return { items, next: items.at(-1)?.id ?? after ?? BEFORE_ALL };
}

interface MessagesDeps {
  store: Pick<QueryStore, 'listMessages'>;
  pageTokens: PageTokens;
}

/** Lists a page of a tenant's messages, newest first. */
export const messages =
  ({ store, pageTokens }: MessagesDeps) =>
  async (
    tenantId: string,
    { filter, limit, nextToken }: ListInput<MessagesFilterInput>,
    fits: Fits = all,
  ): Promise<ListedPage<Message>> => {
    const query = parseMessagesFilter(filter ?? {});
    const pageLimit = parsePageLimit('limit', limit);
    // A malformed id is part of the filter, so a page token of the list without it is refused.
    const malformedId = query.globalMessageId === null ? (filter?.globalMessageId ?? null) : null;
    const sealed = malformedId === null ? query : { ...query, globalMessageId: malformedId };
    const scope = { tenantId, query: 'messages', filter: sealed } as const;
    const after = nextToken == null ? null : pageTokens.open('nextToken', scope, nextToken);
    if (malformedId !== null) return { items: [], nextToken: null };

    const { items, next } = cutPage(await store.listMessages(tenantId, query, after, pageLimit), after, fits);
    return { items, nextToken: next === null ? null : pageTokens.seal(scope, next) };
  };
