import { randomBytes } from 'node:crypto';
import { eventId, MAX_SEQ, type Place, RANDOM_DIGITS } from '../../core/domain/live/event-id.js';
import type { LiveEvent, NewLiveEvent } from '../../core/domain/live/live-event.js';
import { ALL_PARTS, type Part, partsOfEvent } from '../../core/domain/live/topic-pattern.js';
import {
  type AppendedEvent,
  BYTES_PER_PAGE,
  EVENTS_PER_PAGE,
  type EventStream,
  type EventsAfter,
  type StreamBounds,
  type StreamHeads,
} from '../../core/ports/event-stream.js';
import type { Clock } from '../../lib/time/clock.js';

interface Kept {
  event: LiveEvent;
  bytes: number;
}

/** The events of a tenant: those from `first` on are kept. */
interface Stream {
  kept: Kept[];
  first: number;
  bytes: number;
  place: Place;
  /** Id of the latest event that was forgotten; null if none was. */
  forgotten: string | null;
  heads: Map<Part, string>;
}

/** Cuts the forgotten entries off the array once they are this many, or half of it. */
const COMPACT_AT = 1024;

/**
 * Keeps events in the memory of one process. Clients hear of what it forgot with its end by `recovered:
 * false`.
 */
export class MemoryEventStream implements EventStream {
  readonly available = true;
  readonly #streams = new Map<string, Stream>();
  /** Last time that streams were trimmed which nothing is appended to, in milliseconds of the clock. */
  #tidiedAt = 0;
  /** Names its one life: that of the process. */
  readonly #run = randomBytes(8).toString('hex');

  /** @param clock the database's */
  constructor(
    private readonly clock: Clock,
    private readonly bounds: StreamBounds,
  ) {}

  async append(tenantId: string, events: readonly NewLiveEvent[]): Promise<AppendedEvent[]> {
    const stream = this.#streamOf(tenantId);
    const now = this.clock.now();
    const appended = events.map((event) => this.#add(stream, event, now));
    this.#trim(stream, now);
    if (Math.abs(now - this.#tidiedAt) > this.bounds.maxAgeMs) {
      this.#tidiedAt = now;
      for (const one of this.#streams.values()) this.#trim(one, now);
    }
    return appended;
  }

  async after(tenantId: string, id: string | null): Promise<EventsAfter> {
    const stream = this.#streams.get(tenantId);
    const run = this.#run;
    const lost = { recovered: false, events: [], bytes: 0, more: false, run };
    if (!stream) return id === null ? { ...lost, recovered: true } : lost;
    let from = stream.first;
    if (id !== stream.forgotten) {
      if (id === null) return lost;
      const found = indexOf(stream, id);
      if (found === null) return lost;
      from = found + 1;
    }
    const events: LiveEvent[] = [];
    let bytes = 0;
    for (const kept of stream.kept.slice(from, from + EVENTS_PER_PAGE)) {
      if (events.length > 0 && bytes + kept.bytes > BYTES_PER_PAGE) break;
      events.push(kept.event);
      bytes += kept.bytes;
    }
    return { recovered: true, events, bytes, more: from + events.length < stream.kept.length, run };
  }

  async heads(tenantId: string, parts: readonly Part[]): Promise<StreamHeads> {
    const heads = this.#streams.get(tenantId)?.heads;
    return { ids: parts.map((part) => heads?.get(part) ?? null), run: this.#run };
  }

  async close(): Promise<void> {
    this.#streams.clear();
  }

  #streamOf(tenantId: string): Stream {
    const known = this.#streams.get(tenantId);
    if (known) return known;
    const stream = { kept: [], first: 0, bytes: 0, place: { ms: 0, seq: 0 }, forgotten: null, heads: new Map() };
    this.#streams.set(tenantId, stream);
    return stream;
  }

  #add(stream: Stream, input: NewLiveEvent, now: number): AppendedEvent {
    stream.place = nextPlace(stream.place, now);
    const id = eventId(stream.place, randomBytes(RANDOM_DIGITS / 2).toString('hex'));
    const event: LiveEvent = { ...input, id, createdAt: stream.place.ms };
    const parts = [ALL_PARTS, ...partsOfEvent(event)];
    const previous = new Map(parts.map((part) => [part, stream.heads.get(part) ?? null]));
    for (const part of parts) stream.heads.set(part, id);
    const bytes = Buffer.byteLength(JSON.stringify(event));
    stream.kept.push({ event, bytes });
    stream.bytes += bytes;
    return { event, previous, run: this.#run };
  }

  #trim(stream: Stream, now: number): void {
    const { maxAgeMs, maxEvents, maxBytes } = this.bounds;
    for (;;) {
      const oldest = stream.kept[stream.first];
      if (!oldest) break;
      const tooMany = stream.kept.length - stream.first > maxEvents || stream.bytes > maxBytes;
      if (!tooMany && oldest.event.createdAt >= now - maxAgeMs) break;
      stream.first++;
      stream.bytes -= oldest.bytes;
      stream.forgotten = oldest.event.id;
    }
    if (stream.first < COMPACT_AT && stream.first * 2 < stream.kept.length) return;
    stream.kept.splice(0, stream.first);
    stream.first = 0;
    this.#forgetHeads(stream, now);
  }

  // Segments may be ids: what was published on one a while ago must not be remembered for ever.
  #forgetHeads(stream: Stream, now: number): void {
    const before = eventId({ ms: Math.max(0, now - 2 * this.bounds.maxAgeMs), seq: 0 }, '0'.repeat(RANDOM_DIGITS));
    for (const [part, id] of stream.heads) if (part !== ALL_PARTS && id < before) stream.heads.delete(part);
  }
}

/** Finds an event by its id, by bisection: ids are in order. Null if it is not kept. */
function indexOf({ kept, first }: Stream, id: string): number | null {
  let low = first;
  let high = kept.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = (kept[middle] as Kept).event.id;
    if (at === id) return middle;
    if (at < id) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

/** Returns the place behind the former one, whatever the clock says. */
function nextPlace({ ms, seq }: Place, now: number): Place {
  if (now > ms) return { ms: now, seq: 0 };
  return seq < MAX_SEQ ? { ms, seq: seq + 1 } : { ms: ms + 1, seq: 0 };
}
