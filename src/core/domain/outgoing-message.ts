import { LIMITS } from './limits.js';
import type { GlobalMessage, Message, OutgoingMessage } from './message.js';

/** What goes to clients for a message, or for a global message. */
export const outgoing = (item: Message | GlobalMessage): OutgoingMessage => ({
  id: item.id,
  message: item.message,
  topic: item.topic,
  createdAt: item.createdAt.getTime(),
  expiresAt: item.expiresAt?.getTime() ?? null,
  globalMessageId: 'recipient' in item ? item.globalMessageId : item.id,
});

/** Whether a text is short enough for the bus. */
export const travelsOnBus = (text: string): boolean => Buffer.byteLength(text) <= LIMITS.busTextBytes;
