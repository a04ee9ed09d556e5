import { inTurns } from '../../../lib/cooperative-loop.js';
import { badInput, TidingsError } from '../../domain/errors.js';
import { EVENTS_PER_CALL, type EventInput, type NewLiveEvent, parseEvent } from '../../domain/live/live-event.js';
import type { EventPublisher } from '../../ports/event-publisher.js';
import type { LiveTopics } from '../../ports/live-topics.js';

interface PublishEventsInput {
  events: readonly EventInput[];
}

interface PublishEventResult {
  index: number;
  id: string | null;
  error: { code: string; message: string } | null;
}

type Parsed = { event: Omit<NewLiveEvent, 'flows'> } | { error: { code: string; message: string } };

/** Parses this many events in one turn of the event loop: each may have 64 KiB. */
const EVENTS_PER_PART = 20;

/** Publishes events in order. A malformed event gets its own error; the others are published. */
export const publishEvents =
  ({ live }: { live: Pick<LiveTopics, 'events'> }) =>
  async (tenantId: string, { events }: PublishEventsInput): Promise<PublishEventResult[]> => {
    if (events.length < 1 || events.length > EVENTS_PER_CALL) {
      throw badInput('input.events', `input.events must have 1 to ${EVENTS_PER_CALL} events`);
    }
    const parsed: Parsed[] = [];
    await inTurns(events, EVENTS_PER_PART, (part, from) => {
      for (const [i, event] of part.entries()) parsed.push(parse(event, from + i));
    });
    const good = parsed.flatMap((one) => ('event' in one ? [one.event] : []));
    const outcome = await publish(live.events, tenantId, good);
    let next = 0;
    return parsed.map((one, index) => {
      if ('error' in one) return { index, id: null, error: one.error };
      if ('error' in outcome) return { index, id: null, error: outcome.error };
      return { index, id: outcome.ids[next++] ?? null, error: null };
    });
  };

function parse(input: EventInput, index: number): Parsed {
  try {
    return { event: { ...parseEvent(`input.events[${index}]`, input), sender: null } };
  } catch (error) {
    if (error instanceof TidingsError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

async function publish(
  events: EventPublisher,
  tenantId: string,
  good: ReadonlyArray<Omit<NewLiveEvent, 'flows'>>,
): Promise<{ ids: string[] } | { error: { code: string; message: string } }> {
  if (good.length === 0) return { ids: [] };
  try {
    return { ids: await events.publish(tenantId, good) };
  } catch (error) {
    if (error instanceof TidingsError && error.code === 'SERVICE_UNAVAILABLE') {
      return { error: { code: error.code, message: error.message } };
    }
    throw error;
  }
}
