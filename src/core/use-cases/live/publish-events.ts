import { nextTurn } from '../../../lib/cooperative-loop.js';
import { badInput, TidingsError } from '../../domain/errors.js';
import { EVENTS_PER_CALL, type EventInput, type ParsedEvent, parseEvent } from '../../domain/live/live-event.js';
import type { EventPart, EventPublisher } from '../../ports/event-publisher.js';
import type { LiveTopics } from '../../ports/live-topics.js';

interface PublishEventsInput {
  events: readonly EventInput[];
}

interface PublishEventResult {
  index: number;
  id: string | null;
  error: { code: string; message: string } | null;
}

type Failure = { code: string; message: string };
const AWAY: Failure = { code: 'SERVICE_UNAVAILABLE', message: 'Redis is away' };
type Parsed = ParsedEvent | { error: Failure };

/** Ends a part after so many events, or bytes of JSON: a millisecond or two, here as on Redis, that others wait. */
const PART_EVENTS = 64;
const PART_BYTES = 64 * 1024;
/** Counts a malformed event as so many bytes, however far it was looked at. */
const BAD_EVENT_BYTES = 8 * 1024;

/**
 * Publishes events in order. A malformed event gets its own error; the others are published. If the stream goes
 * away meanwhile, those that it took have their ids, and the rest the error.
 */
export const publishEvents =
  ({ live }: { live: Pick<LiveTopics, 'events'> }) =>
  async (tenantId: string, { events }: PublishEventsInput): Promise<PublishEventResult[]> => {
    if (events.length < 1 || events.length > EVENTS_PER_CALL) {
      throw badInput('input.events', `input.events must have 1 to ${EVENTS_PER_CALL} events`);
    }
    const { failures, parts } = await parseAll(events);
    const outcome = await publish(live.events, tenantId, parts);
    let next = 0;
    return events.map((_, index) => {
      const failure = failures.get(index);
      if (failure !== undefined) return { index, id: null, error: failure };
      const id = outcome.ids[next++];
      return id === undefined ? { index, id: null, error: outcome.error } : { index, id, error: null };
    });
  };

/** Parses the events, a part in each turn of the event loop. */
async function parseAll(events: readonly EventInput[]): Promise<{ failures: Map<number, Failure>; parts: EventPart[] }> {
  const failures = new Map<number, Failure>();
  const parts: EventPart[] = [];
  let part: Array<EventPart[number]> = [];
  let bytes = 0;
  for (const [index, input] of events.entries()) {
    const parsed = parse(input, index);
    if ('error' in parsed) failures.set(index, parsed.error);
    else part.push({ ...parsed.event, sender: null });
    // What is malformed was looked at, too.
    bytes += 'error' in parsed ? BAD_EVENT_BYTES : parsed.bytes;
    if (index + 1 < events.length && part.length < PART_EVENTS && bytes < PART_BYTES) continue;
    if (part.length > 0) parts.push(part);
    part = [];
    bytes = 0;
    if (index + 1 < events.length) await nextTurn();
  }
  return { failures, parts };
}

function parse(input: EventInput, index: number): Parsed {
  try {
    return parseEvent(`input.events[${index}]`, input);
  } catch (error) {
    if (error instanceof TidingsError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

async function publish(
  events: EventPublisher,
  tenantId: string,
  parts: readonly EventPart[],
): Promise<{ ids: string[]; error: Failure }> {
  if (parts.length === 0) return { ids: [], error: AWAY };
  try {
    return { ids: await events.publish(tenantId, parts), error: AWAY };
  } catch (error) {
    if (error instanceof TidingsError && error.code === 'SERVICE_UNAVAILABLE') {
      return { ids: [], error: { code: error.code, message: error.message } };
    }
    throw error;
  }
}
