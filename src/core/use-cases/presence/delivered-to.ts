import type { Message } from '../../domain/message.js';
import type { ActivityStore } from '../../ports/stores/activity-store.js';

/** Adds the facts about the connections that messages were delivered to, as far as activity has them. */
export async function withDeliveredTo<Item extends Pick<Message, 'recipient' | 'deliveredTo'>>(
  store: Pick<ActivityStore, 'connectionFacts'>,
  tenantId: string,
  messages: readonly Item[],
): Promise<Item[]> {
  const connections = messages.flatMap(({ recipient, deliveredTo }) =>
    deliveredTo === null ? [] : [{ recipient, connectionId: deliveredTo.connectionId }],
  );
  if (connections.length === 0) return [...messages];
  const known = await store.connectionFacts(tenantId, connections);
  return messages.map((message) => {
    const facts = message.deliveredTo && known.get(message.deliveredTo.connectionId);
    return facts ? { ...message, deliveredTo: { ...message.deliveredTo, ...facts } } : message;
  });
}
