import type { QueryStore } from '../ports/stores/query-store.js';
import { parseUuid } from '../validation/uuid.js';
import { type Details, type DetailsDeps, NO_DETAILS, withDetails } from './presence/message-details.js';
import type { ReasonedMessage } from './presence/pending-reasons.js';

interface MessageDeps extends DetailsDeps {
  store: Pick<QueryStore, 'findMessage'> & DetailsDeps['store'];
}

export const message =
  (deps: MessageDeps) =>
  async (tenantId: string, id: string, details: Details = NO_DETAILS): Promise<ReasonedMessage | null> => {
    const parsed = parseUuid('id', id);
    const found = parsed === null ? null : await deps.store.findMessage(tenantId, parsed);
    if (found === null) return null;
    const [detailed] = await withDetails(deps, tenantId, [found], details);
    return detailed ?? null;
  };
