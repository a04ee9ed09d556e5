import { latest } from '../../core/domain/live/event-id.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import { EVENTS_PER_PAGE, type EventStream, type EventsAfter, type StreamRun } from '../../core/ports/event-stream.js';
import { EventLog } from './event-log.js';

/** Answer of a read. */
export interface ReadEvents {
  /** False if an event after the given one may be missing; `events` is empty then. */
  recovered: boolean;
  /** Events in order, more than were asked for perhaps. */
  events: readonly LiveEvent[];
  /** Id up to which these are all that were asked for. */
  upTo: string | null;
  /** True if more may follow. */
  more: boolean;
  run: StreamRun;
}

interface Ask {
  id: string | null;
  beginnings: readonly string[] | null;
  resolve(found: ReadEvents): void;
  reject(error: unknown): void;
}

/** Reads at most this many pages of what is new before who waits is answered. */
const NEW_PAGES = 5;

/** Orders ids; null is before all. */
const isBefore = (a: string | null, b: string | null) => b !== null && (a === null || a < b);

/**
 * Reads the stream of one tenant for all who ask: an event that several want is read and parsed once. Who
 * asks
 * while a read is under way is served by the next one, so that nobody misses what came before it asked.
 */
export class TenantReader {
  #log: EventLog | null = null;
  #waiting: Ask[] = [];
  #reading = false;

  constructor(
    private readonly tenantId: string,
    private readonly stream: Pick<EventStream, 'after'>,
  ) {}

  get bytes(): number {
    return this.#log?.bytes ?? 0;
  }

  get isIdle(): boolean {
    return !this.#reading;
  }

  /** Forgets the oldest events until no more than this are kept. */
  trim(mostEvents: number, mostBytes: number): void {
    this.#log?.trim(mostEvents, mostBytes);
  }

  /** @throws TidingsError SERVICE_UNAVAILABLE */
  after(id: string | null, beginnings: readonly string[] | null): Promise<ReadEvents> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, beginnings, resolve, reject });
      if (!this.#reading) void this.#read();
    });
  }

  async #read(): Promise<void> {
    this.#reading = true;
    // Who asks in the same turn shares the read.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const asks = this.#waiting.splice(0);
      try {
        await this.#serve(asks);
      } catch (error) {
        // Those that were answered already take no notice.
        for (const { reject } of asks) reject(error);
      }
    }
    this.#reading = false;
  }

  async #serve(asks: readonly Ask[]): Promise<void> {
    const last = asks.reduce<string | null>((id, ask) => latest(id, ask.id), null);
    await this.#readNew(last);
    let open = this.#answer(asks);
    while (open.length > 0) {
      const first = open.reduce((a, b) => (isBefore(b.id, a.id) ? b : a));
      const lostIn = await this.#readFrom(first.id, last);
      if (lostIn !== null) {
        const lost = { recovered: false, events: [], upTo: first.id, more: false, run: lostIn };
        for (const { id, resolve } of open) if (id === first.id) resolve(lost);
        open = open.filter(({ id }) => id !== first.id);
      }
      open = this.#answer(open);
    }
  }

  /** Answers who can be answered; returns the others. */
  #answer(asks: readonly Ask[]): Ask[] {
    const log = this.#log;
    if (log === null) return [...asks];
    return asks.filter(({ id, beginnings, resolve }) => {
      if (!log.covers(id)) return true;
      resolve({ recovered: true, run: log.run, ...log.find(id, beginnings, EVENTS_PER_PAGE) });
      return false;
    });
  }

  /**
   * Reads what has come since the last read, not all at once if it is much.
   * @param last id that somebody asks for: is read to in any case
   */
  async #readNew(last: string | null): Promise<void> {
    const log = this.#log;
    if (log === null) return;
    for (let page = 0; page < NEW_PAGES || isBefore(log.end, last); page++) {
      const found = await this.stream.after(this.tenantId, log.end);
      if (!found.recovered || found.run !== log.run) {
        this.#log = null;
        return;
      }
      log.append(found.events, found.bytes);
      log.more = found.more;
      if (!found.more) return;
    }
  }

  /**
   * Reads on from an event until the log covers it.
   * @param last id that somebody asks for, too
   * @returns the run of the stream if that does not know what follows the event; null if all went well
   */
  async #readFrom(id: string | null, last: string | null): Promise<StreamRun | null> {
    const found = await this.stream.after(this.tenantId, id);
    if (!found.recovered) return found.run;
    const log = this.#log;
    if (log !== null && log.run === found.run && isBefore(id, log.start)) return this.#readUpTo(log, id, found);
    const begun = new EventLog(found.run, id);
    begun.append(found.events, found.bytes);
    begun.more = found.more;
    this.#log = begun;
    if (begun.more && isBefore(begun.end, last)) await this.#readNew(last);
    return null;
  }

  /** Reads on until the log begins, and puts it all before that. */
  async #readUpTo(log: EventLog, id: string | null, first: EventsAfter): Promise<StreamRun | null> {
    const earlier: LiveEvent[] = [];
    let bytes = 0;
    for (let found = first; ; ) {
      const { events } = found;
      const before = events.filter((event) => !isBefore(log.start, event.id));
      earlier.push(...before);
      bytes += (found.bytes * before.length) / Math.max(1, events.length);
      const at = events.at(-1)?.id ?? id;
      if (!isBefore(at, log.start)) {
        log.prepend(id, earlier, bytes);
        return null;
      }
      const next = found.more ? await this.stream.after(this.tenantId, at) : null;
      if (next === null || !next.recovered || next.run !== log.run) {
        // The stream has lost its end, or what lay between: the log is of another life.
        this.#log = null;
        return next?.run ?? log.run;
      }
      found = next;
    }
  }
}
