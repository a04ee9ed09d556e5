import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import { type BusEvent, EVENT_VERSION } from '../../core/ports/message-bus.js';
import { isRecord } from '../../lib/is-record.js';

const HEAD = `[${EVENT_VERSION},`;

const MESSAGE_HEAD = '{"type":"message","message":{"id":';
const LIVE_HEAD = '{"type":"live","event":';

/** The JSON of an event in three parts. Events with the same `before` and `after` differ in `own` alone. */
export interface EncodedEvent {
  before: string;
  own: string;
  after: string;
}

/**
 * Encodes events as JSON; `joinEvents` makes one payload of those for one channel. What a push makes for its
 * recipients differs in nothing but the id, so all that follows the id is kept from the event before, and its
 * text is escaped once. A live event goes to each of its parts, and is made JSON once, too.
 */
export class EventEncoder {
  #former: BusEvent | null = null;
  #encoded: EncodedEvent = { before: '', own: '', after: '' };

  encode(event: BusEvent): EncodedEvent {
    if (event === this.#former) return this.#encoded;
    if (event.type === 'message') {
      const known = this.#former?.type === 'message' && differInIdAlone(event.message, this.#former.message);
      const after = known ? this.#encoded.after : encodeAfterId(event.message);
      this.#encoded = { before: MESSAGE_HEAD, own: JSON.stringify(event.message.id), after };
    } else if (event.type === 'live') {
      const known = this.#former?.type === 'live' && this.#former.event === event.event;
      const before = known ? this.#encoded.before : LIVE_HEAD + JSON.stringify(event.event);
      this.#encoded = { before, own: encodePlace(event), after: '' };
    } else this.#encoded = { before: '', own: JSON.stringify(event), after: '' };
    this.#former = event;
    return this.#encoded;
  }
}

export const jsonOf = ({ before, own, after }: EncodedEvent): string => before + own + after;

const encodeAfterId = ({ id: _, ...rest }: OutgoingMessage): string => `,${JSON.stringify(rest).slice(1)}}`;

const encodePlace = ({ previous, run }: Extract<BusEvent, { type: 'live' }>): string =>
  `,"previous":${JSON.stringify(previous)}${run === undefined ? '' : `,"run":${JSON.stringify(run)}`}}`;

const differInIdAlone = (a: OutgoingMessage, b: OutgoingMessage): boolean =>
  a.message === b.message &&
  a.topic === b.topic &&
  a.createdAt === b.createdAt &&
  a.expiresAt === b.expiresAt &&
  a.globalMessageId === b.globalMessageId;

/** Makes one payload of events, in order: `[version,event,event…]`. */
export const joinEvents = (events: readonly EncodedEvent[]): string => `${HEAD}${events.map(jsonOf).join(',')}]`;

/** Returns what stands in a payload of one event before and after its own part. */
export const payloadAround = ({ before, after }: EncodedEvent): [string, string] => [HEAD + before, `${after}]`];

/**
 * Returns the events of a payload in order, or null if it is of another version or not ours at all, which
 * counts as a loss.
 */
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

const isEvent = (value: unknown): value is BusEvent => isRecord(value) && typeof value.type === 'string';
