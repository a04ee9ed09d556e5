import { randomBytes } from 'node:crypto';
import { placeOf, RANDOM_DIGITS } from '../../core/domain/live/event-id.js';
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
  type StreamRun,
} from '../../core/ports/event-stream.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Clock } from '../../lib/time/clock.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';
import { StreamServers } from './stream-servers.js';

interface RedisEventStreamOptions {
  /**
   * URLs of Redis, comma-separated: of one server, the seeds of a cluster, or a primary and the servers that
   * may take over from it.
   */
  url: string;
  /** Begins every key. */
  prefix: string;
  /** The database's. */
  clock: Clock;
  /** The node's own time. */
  timers?: Timers;
  bounds: StreamBounds;
  logger: Logger;
}

/**
 * Lets an append do nothing once the server comes to it later than this, in milliseconds: its caller has been
 * told that nothing was published.
 */
const APPEND_WITHIN_MS = 1500;
/** Waits this long for another connection when that of an append broke, in milliseconds. */
const BACK_WITHIN_MS = 1000;
/**
 * Remembers for this long which event was the last of an idle tenant's stream, in milliseconds, so that a
 * client that missed nothing hears so.
 */
const FACTS_LIFE_MS = 24 * 60 * 60 * 1000;
/** Position in an append's KEYS of the first part: before it are the stream, its facts and the call. */
const FIRST_PART = 4;

/**
 * Keeps the events on Redis Streams: one script appends them, names their predecessors and forgets what is
 * too old or too much, so that all nodes see one order. Starts without Redis and goes on without it. See
 * docs/design/live-streams.md.
 */
export class RedisEventStream implements EventStream {
  readonly #servers: StreamServers;
  readonly #timers: Timers;

  constructor(private readonly options: RedisEventStreamOptions) {
    const { url, prefix, logger, timers = systemTimers } = options;
    this.#timers = timers;
    this.#servers = new StreamServers({ url, prefix, logger, timers });
  }

  /** False while a server is away or refuses events: what is kept on it cannot be read or appended to. */
  get available(): boolean {
    return this.#servers.available;
  }

  async append(tenantId: string, events: readonly NewLiveEvent[]): Promise<AppendedEvent[]> {
    const call = randomBytes(8).toString('hex');
    try {
      return await this.#append(tenantId, events, call);
    } catch (error) {
      // The connection may have broken behind a call that was carried out: asked again, it answers the same.
      if (!(await this.#servers.connected(this.#key(tenantId, 'events'), BACK_WITHIN_MS))) throw error;
      return this.#append(tenantId, events, call);
    }
  }

  async after(tenantId: string, id: string | null): Promise<EventsAfter> {
    const place = id === null ? null : placeOf(id);
    const position = place ? `${place.ms}-${place.seq}` : '0-0';
    // An id that is none is asked for by a name that no event has.
    const wanted = place === null && id !== null ? 'none' : (id ?? '');
    const [recovered, server, more = 0, ...found] = (await this.#servers.call({
      script: 'tidingsAfter',
      keys: [this.#key(tenantId, 'events'), this.#key(tenantId, 'facts')],
      args: ({ run }) => [run, wanted, position, EVENTS_PER_PAGE, BYTES_PER_PAGE],
    })) as [number, string, number?, ...string[]];
    const events: LiveEvent[] = [];
    let bytes = 0;
    for (let i = 0; i + 1 < found.length; i += 2) {
      const [eventId, json] = [found[i] as string, found[i + 1] as string];
      bytes += json.length;
      events.push({ ...(JSON.parse(json) as NewLiveEvent), id: eventId, createdAt: placeOf(eventId)?.ms ?? 0 });
    }
    return { recovered: recovered === 1, events, bytes, more: more === 1, run: shortRun(server) };
  }

  async heads(tenantId: string, parts: readonly Part[]): Promise<StreamHeads> {
    const named = parts.filter((part) => part !== ALL_PARTS);
    const [server, all, ...heads] = (await this.#servers.call({
      script: 'tidingsHeads',
      keys: [this.#key(tenantId, 'facts'), ...this.#partKeys(tenantId, named)],
      args: ({ run }) => [run],
    })) as [string, ...string[]];
    const found = new Map<Part, string | undefined>([[ALL_PARTS, all], ...named.map((part, i) => [part, heads[i]] as const)]);
    return { ids: parts.map((part) => found.get(part) || null), run: shortRun(server) };
  }

  async close(): Promise<void> {
    this.#servers.close();
  }

  /** @param call names the call, so that it takes place once however often it is made */
  async #append(tenantId: string, events: readonly NewLiveEvent[], call: string): Promise<AppendedEvent[]> {
    const { clock, bounds } = this.options;
    const { parts, partsOf, encoded } = encodeAppend(events);
    const now = Math.floor(clock.now());
    const lastMoment = this.#timers.now() + APPEND_WITHIN_MS;
    const [server, ...answer] = (await this.#servers.call({
      script: 'tidingsAppend',
      keys: [
        this.#key(tenantId, 'events'),
        this.#key(tenantId, 'facts'),
        this.#key(tenantId, `call:${call}`),
        ...this.#partKeys(tenantId, parts),
      ],
      args: ({ run, offsetMs }) => [
        run,
        now,
        bounds.maxAgeMs,
        bounds.maxEvents,
        bounds.maxBytes,
        Math.max(FACTS_LIFE_MS, 2 * bounds.maxAgeMs),
        Math.floor(lastMoment + offsetMs),
        events.length,
        ...encoded,
      ],
    })) as [string, ...string[][]];
    return events.map((event, i) => {
      const [id = '', ...before] = answer[i] ?? [];
      const previous = new Map([ALL_PARTS, ...(partsOf[i] ?? [])].map((part, n) => [part, before[n] || null]));
      return { event: { ...event, id, createdAt: placeOf(id)?.ms ?? 0 }, previous, run: shortRun(server) };
    });
  }

  // The braces keep all keys of a tenant in one slot of a cluster.
  #key(tenantId: string, what: string): string {
    return `${this.options.prefix}:live:{${tenantId}}:${what}`;
  }

  #partKeys(tenantId: string, parts: readonly Part[]): string[] {
    return parts.map((part) => this.#key(tenantId, `part:${part}`));
  }
}

interface EncodedAppend {
  /** All parts that the events belong to, in the order of their keys. */
  parts: Part[];
  /** The parts of each event. */
  partsOf: Part[][];
  /** The arguments of the append script for the events. */
  encoded: Array<string | number>;
}

function encodeAppend(events: readonly NewLiveEvent[]): EncodedAppend {
  const positions = new Map<Part, number>();
  const encoded: Array<string | number> = [];
  const partsOf = events.map((event) => {
    const own = partsOfEvent(event);
    for (const part of own) if (!positions.has(part)) positions.set(part, positions.size + FIRST_PART);
    encoded.push(JSON.stringify(event), randomBytes(RANDOM_DIGITS / 2).toString('hex'), own.length);
    for (const part of own) encoded.push(positions.get(part) as number);
    return own;
  });
  return { parts: [...positions.keys()], partsOf, encoded };
}

/** Shortens a server's run id (40 random digits) to what tells its lives apart: it goes with every event. */
const shortRun = (run: string): StreamRun => run.slice(0, 12);
