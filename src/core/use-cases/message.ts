import type { Message } from '../domain/message.js';
import type { QueryStore } from '../ports/stores/query-store.js';
import { parseUuid } from '../validation/uuid.js';

export const message =
  ({ store }: { store: Pick<QueryStore, 'findMessage'> }) =>
  async (tenantId: string, id: string): Promise<Message | null> => {
    const parsed = parseUuid('id', id);
    return parsed === null ? null : store.findMessage(tenantId, parsed);
  };
