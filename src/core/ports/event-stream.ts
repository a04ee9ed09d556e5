import type { LiveEvent, NewLiveEvent } from '../domain/live/live-event.js';
import type { Part } from '../domain/live/topic-pattern.js';

/** An event that has its place in its tenant's stream. */
export interface AppendedEvent {
  event: LiveEvent;
  /** Per part that the event belongs to (`*` among them), the id of the event before it; null if none is remembered. */
  previous: ReadonlyMap<Part, string | null>;
  run: StreamRun;
}

/**
 * Which life of its server an answer is of. One that was restarted, or took over from another, may lack the latest events without a
 * sign of it in what it has, and may give ids that are smaller than those of before.
 */
export type StreamRun = string;

export interface EventsAfter {
  /** False if anything that followed the given event may be missing; `events` is empty then. */
  recovered: boolean;
  /** In order. */
  events: LiveEvent[];
  /** Whether more follow the last of `events`. */
  more: boolean;
  run: StreamRun;
}

export interface StreamHeads {
  /** Ids of the latest events of the parts that were asked for, in order; null where none is remembered. */
  ids: Array<string | null>;
  run: StreamRun;
}

/**
 * The last minutes of each tenant's events, in one order: what lets a client or a node catch up. Bounded by age, count and bytes per
 * tenant. Forgetting is allowed; hiding it is not.
 *
 * - `append` puts all events behind what is there, at once and in the order given, or nothing; ids grow in that order.
 * - `after` with an id that it has forgotten, never had, or after which anything was forgotten says `recovered: false`, as it does in
 *   another run than that of the event.
 * - Everything throws TidingsError SERVICE_UNAVAILABLE, soon, while its server is away.
 */
export interface EventStream {
  append(tenantId: string, events: readonly NewLiveEvent[]): Promise<AppendedEvent[]>;
  /** @param id of the last event known; null from the very first, which is recovered only if nothing was ever forgotten */
  after(tenantId: string, id: string | null): Promise<EventsAfter>;
  heads(tenantId: string, parts: readonly Part[]): Promise<StreamHeads>;
  close(): Promise<void>;
}

/** What is kept of each tenant's events. */
export interface StreamBounds {
  maxAgeMs: number;
  maxEvents: number;
  maxBytes: number;
}

export const DEFAULT_STREAM_BOUNDS: StreamBounds = { maxAgeMs: 120_000, maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 };

/** Events in one answer of `after`, at most. */
export const EVENTS_PER_PAGE = 200;
