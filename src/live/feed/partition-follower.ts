import { unavailable } from '../../core/domain/errors.js';
import { placeOf } from '../../core/domain/live/event-id.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import { ALL_PARTS, type Part, partsOfEvent } from '../../core/domain/live/topic-pattern.js';
import type { EventStream, StreamRun } from '../../core/ports/event-stream.js';
import type { Logger } from '../../core/ports/logger.js';
import { type ChannelSubscription, liveChannel, type MessageBus } from '../../core/ports/message-bus.js';
import type { Timers } from '../../lib/time/timers.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import type { HeadsReader } from './heads-reader.js';
import { type BusEvent, HeldEvents } from './held-events.js';
import type { StreamReader } from './stream-reader.js';

export interface FollowerContext {
  bus: MessageBus;
  stream: EventStream;
  heads: HeadsReader;
  reader: StreamReader;
  logger: Logger;
  timers: Timers;
  /** Waits at most this long until a subscription on the bus is confirmed, in milliseconds. */
  confirmMs: number;
  /** The stream keeps events for this long, in milliseconds. */
  maxAgeMs: number;
  onRecovered(complete: boolean): void;
}

interface FollowerEvents {
  /** Takes the next event of the part. */
  pass(event: LiveEvent): void;
  /** Tells whether events have to wait for `resume`: those of this turn of the event loop took too long. */
  isBusy(): boolean;
  /** Learns that events may have been lost. Events that follow may have smaller ids than those of before. */
  lost(): void;
  /** Learns that the stream could not be read: `repair` is to be called again in a moment. */
  stale(): void;
}

/**
 * `live`: events from the bus are passed on. `paused`: they wait for `resume`. `reading`: they wait until the
 * stream has been read. `stale`: the stream is to be read.
 */
type Phase = 'live' | 'paused' | 'reading' | 'stale';

/** Covers the events that have been passed on: behind one, up to another, in one run of the stream. */
export interface PassedRange {
  readonly run: StreamRun | null;
  /** Excludes the event with this id; null: begins with the first event. */
  readonly after: string | null;
  /** Includes the event with this id; null: no event was passed on. */
  readonly upTo: string | null;
}

export const wasPassed = ({ run, after, upTo }: PassedRange, id: string, inRun: StreamRun | null): boolean =>
  upTo !== null && run === inRun && id <= upTo && (after === null || id > after);

/**
 * Passes on one part of a tenant's events, in order and once. Each event from the bus names its predecessor
 * in the part. If that was not seen, the follower reads the stream; if the stream has forgotten it or is
 * another one, it tells so. See docs/design/live-streams.md.
 */
export class PartitionFollower {
  #phase: Phase = 'reading';
  #run: StreamRun | null = null;
  /** Everything of the part up to here has been passed on, or lies before `#from`. */
  #position: string | null = null;
  #from: string | null = null;
  /** Events may have been lost since the reading that is under way began. */
  #again = false;
  readonly #waiting = new HeldEvents();
  #bus: ChannelSubscription | null = null;
  #resumeReading = () => {};
  #closed = false;
  readonly ready: Promise<void>;

  /**
   * `ready` rejects with TidingsError SERVICE_UNAVAILABLE if the part cannot be followed; then close the
   * follower.
   */
  constructor(
    private readonly tenantId: string,
    readonly part: Part,
    private readonly context: FollowerContext,
    private readonly events: FollowerEvents,
  ) {
    this.ready = this.#open();
    this.ready.catch(() => {});
  }

  get position(): string | null {
    return this.#position;
  }

  get run(): StreamRun | null {
    return this.#run;
  }

  get isLive(): boolean {
    return this.#phase === 'live' && !this.#closed;
  }

  get passed(): PassedRange {
    return { run: this.#run, after: this.#from, upTo: this.#position };
  }

  close(): void {
    this.#closed = true;
    this.#bus?.close();
    this.#bus = null;
    this.#waiting.clear();
    this.#resumeReading();
  }

  async #open(): Promise<void> {
    const { bus, heads, confirmMs, timers } = this.context;
    const subscribing = bus.subscribe(liveChannel(this.tenantId, this.part), (event) => {
      if (event.type === 'live') this.#receive(event);
    });
    subscribing.then(
      (subscription) => {
        if (this.#closed) subscription.close();
        else this.#bus = subscription;
      },
      // Whoever waits below is told.
      () => {},
    );
    await withTimeout(subscribing, confirmMs, () => unavailable('Redis is away'), timers);
    const { id, run } = await heads.of(this.tenantId, this.part);
    this.#startAt(id, run);
    this.#phase = 'stale';
    if (this.#again) await this.repair();
    else this.#goLive();
  }

  #startAt(position: string | null, run: StreamRun): void {
    this.#position = position;
    this.#from = position;
    this.#run = run;
  }

  // ---- Events from the bus ----

  #receive(event: BusEvent): void {
    if (this.#closed) return;
    if (this.#phase === 'live' && this.events.isBusy()) this.#phase = 'paused';
    if (this.#phase === 'live') {
      this.#take(event);
    } else if (!this.#waiting.add(event)) {
      this.#again = true;
    }
  }

  #take(one: BusEvent): void {
    const { event } = one;
    if (this.#isOfThisRun(one)) {
      if (this.#position !== null && event.id <= this.#position) return;
      if (this.#follows(one)) {
        this.#position = event.id;
        this.events.pass(event);
        return;
      }
    }
    this.#waiting.putBack(one);
    this.#phase = 'stale';
    void this.repair();
  }

  #isOfThisRun({ run }: BusEvent): boolean {
    return run === undefined || run === this.#run;
  }

  #follows({ event, previous }: BusEvent): boolean {
    const position = this.#position;
    if (previous !== null) return position !== null && previous <= position;
    if (position === null) return true;
    // The stream remembers the end of a part for a while: only an old end can be missing.
    return event.createdAt - (placeOf(position)?.ms ?? 0) > this.context.maxAgeMs;
  }

  #goLive(): void {
    this.#phase = 'live';
    while (!this.#waiting.isEmpty) {
      if (this.events.isBusy()) {
        this.#phase = 'paused';
        return;
      }
      const one = this.#waiting.take();
      // The stream was asked after this event came: if the event is of another run, that run has ended.
      if (this.#isOfThisRun(one)) this.#take(one);
      if (this.#phase !== 'live') return;
    }
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#resumeReading();
    if (this.#phase !== 'paused' || this.#closed) return;
    if (this.#again) {
      this.#phase = 'stale';
      void this.repair();
    } else {
      this.#goLive();
    }
  }

  // ---- Events from the stream ----

  /** Lets events wait from now on, until `repair` has read the stream. */
  doubt(): void {
    if (this.#phase === 'live') this.#phase = 'stale';
    else this.#again = true;
  }

  /**
   * Doubts, if the heads of the stream show that events were lost.
   * @param position up to which this follower had come before the heads were read
   */
  compare(position: string | null, { all, own, run }: { all: string | null; own: string | null; run: StreamRun }): void {
    if (!this.isLive || this.#position !== position) return;
    // A stream that ends before our position, or has no end, is another one.
    const isOther = run !== this.#run || (position !== null && (all === null || all < position));
    const isBehind = own !== null && (position === null || own > position);
    if (isOther || isBehind) this.doubt();
  }

  /**
   * Passes on what the stream has behind our position, then what came from the bus meanwhile. Never rejects.
   */
  async repair(): Promise<void> {
    if (this.#phase !== 'stale' || this.#closed) return;
    this.#phase = 'reading';
    try {
      do {
        this.#again = false;
        await this.#readOn();
      } while (this.#again && !this.#closed);
      this.#goLive();
    } catch (error) {
      this.#phase = 'stale';
      this.#waiting.clear();
      this.context.logger.debug({ err: error, tenantId: this.tenantId }, 'the stream of live events cannot be read now');
      if (!this.#closed) this.events.stale();
    }
  }

  async #readOn(): Promise<void> {
    const beginnings = this.part === ALL_PARTS ? null : [this.part];
    for (let more = true; more && !this.#closed; ) {
      const found = await this.context.reader.after(this.tenantId, this.#position, beginnings);
      if (this.#closed) return;
      if (!found.recovered || found.run !== this.#run) {
        more = await this.#lose();
        continue;
      }
      await this.#passPage(found.events);
      if (this.#closed) return;
      this.#position = found.upTo;
      more = found.more;
      if (!more && found.events.length > 0) this.context.onRecovered(true);
    }
  }

  async #passPage(events: readonly LiveEvent[]): Promise<void> {
    for (const event of events) {
      while (this.events.isBusy() && !this.#closed) await this.#readingResumed();
      if (this.#closed) return;
      this.#position = event.id;
      if (this.part === ALL_PARTS || partsOfEvent(event).includes(this.part)) this.events.pass(event);
    }
  }

  #readingResumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#resumeReading = resolve;
    });
  }

  /** Tells of the loss. Returns true if the stream is new and can still be read from its beginning. */
  async #lose(): Promise<boolean> {
    const fresh = await this.context.stream.after(this.tenantId, null);
    if (fresh.recovered) {
      this.#startAt(null, fresh.run);
    } else {
      const { id, run } = await this.context.heads.of(this.tenantId, this.part);
      this.#startAt(id, run);
    }
    this.context.onRecovered(false);
    if (!this.#closed) this.events.lost();
    return fresh.recovered;
  }
}
