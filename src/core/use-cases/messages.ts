import { LIMITS } from '../domain/limits.js';
import type { CancelReason, MessageStatus, ReceiptKind } from '../domain/message.js';
import { parseOptionalLabel } from '../domain/text.js';
import type { MessageQuery, Page, QueryStore } from '../ports/stores/query-store.js';
import { parsePageLimit } from '../validation/page-limit.js';
import type { PageTokens } from '../validation/page-token.js';
import { parseTimeRange, type TimeRangeInput } from '../validation/time-range.js';
import { parseUuid } from '../validation/uuid.js';
import { type Details, type DetailsDeps, NO_DETAILS, withDetails } from './presence/message-details.js';
import type { ReasonedMessage } from './presence/pending-reasons.js';

export interface MessagesFilterInput {
  recipient?: string | null;
  globalMessageId?: string | null;
  topic?: string | null;
  status?: MessageStatus | null;
  createdAt?: TimeRangeInput | null;
  expiresAt?: TimeRangeInput | null;
  receipt?: ReceiptKind | null;
  cancelReason?: CancelReason | null;
  deliveredAt?: TimeRangeInput | null;
}

/**
 * Parses a filter. Options that are younger than page tokens are undefined where they are not given: see
 * PageScope.
 * @throws TidingsError BAD_USER_INPUT
 */
export const parseMessagesFilter = (filter: MessagesFilterInput): MessageQuery => ({
  recipient: parseOptionalLabel('filter.recipient', filter.recipient, LIMITS.recipientChars),
  globalMessageId: filter.globalMessageId == null ? null : parseUuid('filter.globalMessageId', filter.globalMessageId),
  topic: parseOptionalLabel('filter.topic', filter.topic, LIMITS.topicChars),
  status: filter.status ?? null,
  createdAt: parseTimeRange('filter.createdAt', filter.createdAt),
  expiresAt: parseTimeRange('filter.expiresAt', filter.expiresAt),
  receipt: filter.receipt ?? undefined,
  cancelReason: filter.cancelReason ?? undefined,
  deliveredAt: parseTimeRange('filter.deliveredAt', filter.deliveredAt) ?? undefined,
});

/** Tells whether the filter names a global message by an id that is none: it matches nothing. */
export const matchesNothing = (filter: MessagesFilterInput, parsed: MessageQuery): boolean =>
  filter.globalMessageId != null && parsed.globalMessageId === null;

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
export interface Fits {
  (items: readonly unknown[]): number;
  /** Bounds the bytes of text that have room: beyond them, no item fits. Undefined: as many as any page has. */
  readonly textBytes?: number | undefined;
}

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

interface MessagesDeps extends DetailsDeps {
  store: Pick<QueryStore, 'listMessages'> & DetailsDeps['store'];
  pageTokens: PageTokens;
}

/** Lists a page of a tenant's messages, newest first. */
export const messages =
  (deps: MessagesDeps) =>
  async (
    tenantId: string,
    { filter, limit, nextToken }: ListInput<MessagesFilterInput>,
    fits: Fits = all,
    details: Details = NO_DETAILS,
  ): Promise<ListedPage<ReasonedMessage>> => {
    const { store, pageTokens } = deps;
    const query = parseMessagesFilter(filter ?? {});
    const pageLimit = parsePageLimit('limit', limit);
    // A malformed id is part of the filter, so a page token of the list without it is refused.
    const malformedId = query.globalMessageId === null ? (filter?.globalMessageId ?? null) : null;
    const sealed = malformedId === null ? query : { ...query, globalMessageId: malformedId };
    const scope = { tenantId, query: 'messages', filter: sealed } as const;
    const after = nextToken == null ? null : pageTokens.open('nextToken', scope, nextToken);
    if (malformedId !== null) return { items: [], nextToken: null };

    const page = await store.listMessages(tenantId, query, after, pageLimit, fits.textBytes);
    const { items, next } = cutPage(page, after, fits);
    const token = next === null ? null : pageTokens.seal(scope, next);
    return { items: await withDetails(deps, tenantId, items, details), nextToken: token };
  };
