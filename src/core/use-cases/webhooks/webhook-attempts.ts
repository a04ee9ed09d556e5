import { requireCleanText } from '../../domain/text.js';
import type { WebhookAttempt } from '../../domain/webhook/webhook.js';
import { parsePageLimit } from '../../validation/page-limit.js';
import type { PageTokens } from '../../validation/page-token.js';
import { parseUuid } from '../../validation/uuid.js';
import { all, cutPage, type Fits, type ListedPage } from '../messages.js';
import type { WebhookDeps } from './webhook-deps.js';

interface WebhookAttemptsInput {
  id: string;
  eventId?: string | null;
  failed?: boolean | null;
  limit?: number | null;
  nextToken?: string | null;
}

interface WebhookAttemptsDeps extends Pick<WebhookDeps, 'store'> {
  pageTokens: PageTokens;
}

/** Lists a page of a webhook's attempts, newest first. A key that does not see texts sees no answers either. */
export const webhookAttempts =
  ({ store, pageTokens }: WebhookAttemptsDeps) =>
  async (
    { tenantId, hidesTexts }: { tenantId: string; hidesTexts: boolean },
    { id, eventId, failed, limit, nextToken }: WebhookAttemptsInput,
    fits: Fits = all,
  ): Promise<ListedPage<WebhookAttempt>> => {
    const query = {
      webhookId: parseUuid('id', id) ?? '',
      eventId: eventId == null ? null : requireCleanText('eventId', eventId).toLowerCase(),
      failed: failed ?? null,
    };
    const pageLimit = parsePageLimit('limit', limit);
    const scope = { tenantId, query: 'webhookAttempts', filter: query } as const;
    const after = nextToken == null ? null : pageTokens.open('nextToken', scope, nextToken);
    if (query.webhookId === '') return { items: [], nextToken: null };
    const { items, next } = cutPage(await store.listAttempts(tenantId, query, after, pageLimit), after, fits);
    return {
      items: hidesTexts ? items.map((item) => ({ ...item, responseStart: null })) : items,
      nextToken: next === null ? null : pageTokens.seal(scope, next),
    };
  };
