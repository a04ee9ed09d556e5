import { type BusEvent, EVENT_VERSION } from '../../core/bus.js';
import type { OutgoingMessage } from '../../core/message.js';

const HEAD = `[${EVENT_VERSION},`;

const MESSAGE_HEAD = '{"type":"message","message":{"id":';

/**
 * Events as JSON; any number of them for one channel become one payload by `joinEvents`. What a push makes for its recipients differs in
 * nothing but the id, so all that follows the id is kept from the event before and its text is escaped once.
 */
export class EventEncoder {
  #former: BusEvent | null = null;
  #json = '';
  #afterId = '';

  encode(event: BusEvent): string {
    if (event === this.#former) return this.#json;
    if (event.type !== 'message') this.#json = JSON.stringify(event);
    else if (this.#former?.type === 'message' && differInIdAlone(event.message, this.#former.message)) {
      this.#json = MESSAGE_HEAD + JSON.stringify(event.message.id) + this.#afterId;
    } else {
      const { id, ...rest } = event.message;
      this.#afterId = `,${JSON.stringify(rest).slice(1)}}`;
      this.#json = MESSAGE_HEAD + JSON.stringify(id) + this.#afterId;
    }
    this.#former = event;
    return this.#json;
  }
}

const differInIdAlone = (a: OutgoingMessage, b: OutgoingMessage): boolean =>
  a.message === b.message &&
  a.topic === b.topic &&
  a.createdAt === b.createdAt &&
  a.expiresAt === b.expiresAt &&
  a.globalMessageId === b.globalMessageId;

/** `[version,event,event…]`, in order. */
export const joinEvents = (events: readonly string[]): string => `${HEAD}${events.join(',')}]`;

/** The events of a payload in order; null if it is of another version or not ours at all, which counts as a loss. */
export function decodeEvents(payload: string): BusEvent[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(payload);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed)) return null;
  const [version, ...events] = parsed as unknown[];
  return version === EVENT_VERSION && events.every(isEvent) ? events : null;
}

const isEvent = (value: unknown): value is BusEvent =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
