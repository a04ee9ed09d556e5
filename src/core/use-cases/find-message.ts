import type { Message } from '../message.js';
import type { QueryStore } from '../message-store.js';
import { parseId } from '../values/ids.js';

export type FindMessage = (tenantId: string, id: string) => Promise<Message | null>;

export const createFindMessage =
  (store: Pick<QueryStore, 'findMessage'>): FindMessage =>
  async (tenantId, idText) => {
    const id = parseId('id', idText);
    return id === null ? null : store.findMessage(tenantId, id);
  };
