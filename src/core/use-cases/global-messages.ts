import { LIMITS } from '../domain/limits.js';
import type { GlobalMessage, MessageCounts } from '../domain/message.js';
import { parseOptionalLabel } from '../domain/text.js';
import type { GlobalMessageQuery, QueryStore } from '../ports/stores/query-store.js';
import { parsePageLimit } from '../validation/page-limit.js';
import type { PageTokens } from '../validation/page-token.js';
import { parseTimeRange, type TimeRangeInput } from '../validation/time-range.js';
import { all, cutPage, type Fits, type ListedPage, type ListInput } from './messages.js';

interface GlobalMessagesFilterInput {
  topic?: string | null;
  createdAt?: TimeRangeInput | null;
  expiresAt?: TimeRangeInput | null;
}

interface GlobalMessagesDeps {
  store: Pick<QueryStore, 'listGlobalMessages' | 'countGlobalRows'>;
  pageTokens: PageTokens;
}

/** Carries its counts where they were asked for. */
type CountedGlobal = GlobalMessage & { counts?: MessageCounts | null };

/**
 * Lists a page of a tenant's global messages, newest first.
 * @param counted whether each is to carry the counts of its rows, for which a page is shorter
 */
export const globalMessages =
  ({ store, pageTokens }: GlobalMessagesDeps) =>
  async (
    tenantId: string,
    { filter, limit, nextToken }: ListInput<GlobalMessagesFilterInput>,
    fits: Fits = all,
    counted = false,
  ): Promise<ListedPage<CountedGlobal>> => {
    const query = parseFilter(filter ?? {});
    const pageLimit = parsePageLimit('limit', limit, counted ? LIMITS.countedPageLimit : LIMITS.pageLimit);
    const scope = { tenantId, query: 'globalMessages', filter: query } as const;
    const after = nextToken == null ? null : pageTokens.open('nextToken', scope, nextToken);

    const { items, next } = cutPage(await store.listGlobalMessages(tenantId, query, after, pageLimit), after, fits);
    const token = next === null ? null : pageTokens.seal(scope, next);
    return { items: counted ? await withCounts(store, tenantId, items) : items, nextToken: token };
  };

async function withCounts(
  store: Pick<QueryStore, 'countGlobalRows'>,
  tenantId: string,
  items: readonly GlobalMessage[],
): Promise<CountedGlobal[]> {
  const ids = items.map(({ id }) => id);
  const counts = await store.countGlobalRows(tenantId, ids);
  return items.map((item) => ({ ...item, counts: counts.get(item.id) ?? null }));
}

const parseFilter = (filter: GlobalMessagesFilterInput): GlobalMessageQuery => ({
  topic: parseOptionalLabel('filter.topic', filter.topic, LIMITS.topicChars),
  createdAt: parseTimeRange('filter.createdAt', filter.createdAt),
  expiresAt: parseTimeRange('filter.expiresAt', filter.expiresAt),
});
