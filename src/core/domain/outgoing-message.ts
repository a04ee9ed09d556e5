import { LIMITS } from './limits.js';
import type { GlobalMessage, Message } from './message.js';

/**
 * A message on its way to clients. Times are milliseconds since 1970 by the database's clock.
 *
 * `id` of a message names its row. `id` of a global message names the global, the same for everybody; the row
 * of each recipient has the id that `globalRowId` computes.
 */
export interface OutgoingMessage {
  readonly id: string;
  readonly message: string;
  readonly topic: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly globalMessageId: string | null;
}

export const outgoingMessage = (item: Message | GlobalMessage): OutgoingMessage => ({
  id: item.id,
  message: item.message,
  topic: item.topic,
  createdAt: item.createdAt.getTime(),
  expiresAt: item.expiresAt?.getTime() ?? null,
  globalMessageId: 'recipient' in item ? item.globalMessageId : item.id,
});

/** Tells whether a text is short enough for the bus. */
export const travelsOnBus = (text: string): boolean => Buffer.byteLength(text) <= LIMITS.busTextBytes;
