import type { LiveEvent, NewLiveEvent } from '../domain/live/live-event.js';
import type { Part } from '../domain/live/topic-pattern.js';

/** Event that has its place in its tenant's stream. */
export interface AppendedEvent {
  event: LiveEvent;
  /** Id of the event before it in each of its parts, `*` among them; null if none is remembered. */
  previous: ReadonlyMap<Part, string | null>;
  run: StreamRun;
}

/**
 * Names one life of the stream's server. A server that was restarted or took over from another may lack the
 * latest events without a sign of it in its data, and may give ids smaller than those before.
 */
export type StreamRun = string;

export interface EventsAfter {
  /** False if an event after the given one may be missing; `events` is empty then. */
  recovered: boolean;
  /** Events in order. */
  events: LiveEvent[];
  /** Size of the events, in bytes of JSON. */
  bytes: number;
  /** True if more events follow the last of `events`. */
  more: boolean;
  run: StreamRun;
}

export interface StreamHeads {
  /** Ids of the latest events of the requested parts, in order; null where none is remembered. */
  ids: Array<string | null>;
  run: StreamRun;
}

/**
 * Keeps the last minutes of each tenant's events in one order, so that clients and nodes can catch up. It is
 * bounded by age, count and bytes per tenant. It may forget, but must not hide that it did.
 *
 * - `append` puts all events behind those that are there, at once and in the given order, or none. Ids grow
 *   in that order.
 * - `after` says `recovered: false` for an id that it has forgotten or never had, for one after which an
 *   event was forgotten, and in another run than that of the event.
 * - Every method throws TidingsError SERVICE_UNAVAILABLE soon while its server is away.
 */
export interface EventStream {
  /** False while events cannot be appended or read. */
  readonly available: boolean;
  append(tenantId: string, events: readonly NewLiveEvent[]): Promise<AppendedEvent[]>;
  /**
   * @param id id of the last known event; null: from the first one, recovered only if nothing was ever
   * forgotten
   */
  after(tenantId: string, id: string | null): Promise<EventsAfter>;
  heads(tenantId: string, parts: readonly Part[]): Promise<StreamHeads>;
  close(): Promise<void>;
}

/** Bounds of what is kept of each tenant's events. */
export interface StreamBounds {
  maxAgeMs: number;
  maxEvents: number;
  maxBytes: number;
}

export const DEFAULT_STREAM_BOUNDS: StreamBounds = { maxAgeMs: 120_000, maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 };

/** Most events in one answer of `after`. */
export const EVENTS_PER_PAGE = 200;
/** Bytes of JSON after which such an answer ends: they are parsed in one go. One event may be more. */
export const BYTES_PER_PAGE = 256 * 1024;
