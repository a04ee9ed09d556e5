import { LIMITS } from '../domain/limits.js';
import type { GlobalMessage } from '../domain/message.js';
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
  store: Pick<QueryStore, 'listGlobalMessages'>;
  pageTokens: PageTokens;
}

/** Lists a page of a tenant's global messages, newest first. */
export const globalMessages =
  ({ store, pageTokens }: GlobalMessagesDeps) =>
  async (
    tenantId: string,
    { filter, limit, nextToken }: ListInput<GlobalMessagesFilterInput>,
    fits: Fits = all,
  ): Promise<ListedPage<GlobalMessage>> => {
    const query = parseFilter(filter ?? {});
    const pageLimit = parsePageLimit('limit', limit);
    const scope = { tenantId, query: 'globalMessages', filter: query } as const;
    const after = nextToken == null ? null : pageTokens.open('nextToken', scope, nextToken);

    const { items, next } = cutPage(await store.listGlobalMessages(tenantId, query, after, pageLimit), after, fits);
    return { items, nextToken: next === null ? null : pageTokens.seal(scope, next) };
  };

const parseFilter = (filter: GlobalMessagesFilterInput): GlobalMessageQuery => ({
  topic: parseOptionalLabel('filter.topic', filter.topic, LIMITS.topicChars),
  createdAt: parseTimeRange('filter.createdAt', filter.createdAt),
  expiresAt: parseTimeRange('filter.expiresAt', filter.expiresAt),
});
