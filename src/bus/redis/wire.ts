import { type BusEvent, EVENT_VERSION } from '../../core/bus.js';

const HEAD = `[${EVENT_VERSION},`;

/** One event as JSON; any number of them for one channel become one payload by `joinEvents`. */
export const encodeEvent = (event: BusEvent): string => JSON.stringify(event);

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
