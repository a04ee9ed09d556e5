import type { Message } from '../domain/message.js';
import type { QueryStore } from '../ports/stores/query-store.js';
import { parseId } from '../validation/uuid.js';

export type FindMessage = (tenantId: string, id: string) => Promise<Message | null>;

export const createFindMessage =
  (store: Pick<QueryStore, 'findMessage'>): FindMessage =>
  async (tenantId, idText) => {
    const id = parseId('id', idText);
    return id === null ? null : store.findMessage(tenantId, id);
  };
