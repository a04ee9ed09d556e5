import { FairSemaphore } from '../../../lib/fair-semaphore.js';
import type { Timers } from '../../../lib/time/timers.js';
import type { StatusEventPage, StatusEventQuery, StatusFeedStore } from '../../ports/stores/feed/status-feed-store.js';
import { EventWindow, type Stretch } from './event-window.js';
import { readPatiently } from './patient-read.js';

export interface FollowerDeps {
  store: Pick<StatusFeedStore, 'readStatusEvents' | 'watchStatusEvents' | 'statusFeed'>;
  timers: Timers;
}

/** Reads this many events at once. */
export const EVENTS_AT_ONCE = 200;
/** Lets this many of a tenant's readers that are behind read at once. */
const CATCH_UPS_AT_ONCE = 2;
/** Looks this often whether the feed is still on, beside whenever it was woken for nothing, in milliseconds. */
const SWITCH_LOOK_MS = 2_000;

const EVERYTHING: StatusEventQuery = { types: null, recipient: null, topic: null, globalMessageId: null, globals: null };

/** One who follows. */
export interface Reader {
  readonly name: string;
  readonly query: StatusEventQuery;
  readonly signal: AbortSignal;
}

/**
 * Follows the feed of one tenant for all its readers on this node. At the head each event is read once for
 * all of them, when the first of them has room for it; who is behind reads alone, in turns, until it meets
 * the others. Nothing is read that no reader waits for.
 */
export class TenantFollower {
  readonly #window: EventWindow;
  readonly #catchUps = new FairSemaphore(CATCH_UPS_AT_ONCE);
  readonly #waiting = new Set<() => void>();
  readonly #unwatch: () => void;
  #cancelLook: () => void = () => {};
  /** There may be events behind the head. */
  #mayHaveMore = true;
  #isReading = false;
  #isOn = true;
  #isClosed = false;
  #failure: unknown = null;

  /** @param head position behind the newest event */
  constructor(
    private readonly deps: FollowerDeps,
    private readonly tenantId: string,
    head: string,
  ) {
    this.#window = new EventWindow(tenantId, head);
    this.#unwatch = deps.store.watchStatusEvents(tenantId, () => {
      this.#mayHaveMore = true;
      if (this.#waiting.size > 0) void this.#readAhead();
    });
    this.#lookLater();
  }

  /** Takes no new readers: the feed was switched off, or cannot be read. */
  get hasEnded(): boolean {
    return this.#failure !== null || !this.#isOn;
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#cancelLook();
  }

  /**
   * Waits for what comes behind a position.
   * @returns at least one event, or events passed over; null when the feed was switched off, or the reader
   * has left
   * @throws TidingsError SERVICE_UNAVAILABLE if the database was away for long; POSITION_EXPIRED
   */
  async next(reader: Reader, position: string): Promise<Stretch | null> {
    let isKnown = false;
    for (;;) {
      if (reader.signal.aborted) return null;
      if (this.#failure !== null) throw this.#failure;
      const found = this.#window.after(position, this.deps.timers.now());
      if (found === 'behind') return this.#catchUp(reader, position);
      if (found !== 'head') return found;
      // The reader may know a newer position than the follower has read up to.
      if (!isKnown && position !== this.#window.position) this.#mayHaveMore = true;
      isKnown = true;
      // What was numbered before the feed was switched off is still told.
      if (!this.#isOn && !this.#mayHaveMore) return null;
      await this.#told(reader.signal);
    }
  }

  /** Resolves when the head has moved, or anything else has changed. */
  #told(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
      void this.#readAhead();
    });
  }

  #tell(): void {
    for (const done of [...this.#waiting]) done();
  }

  async #readAhead(): Promise<void> {
    if (this.#isReading || !this.#mayHaveMore) return;
    this.#isReading = true;
    this.#mayHaveMore = false;
    try {
      const page = await this.#read(EVERYTHING, this.#window.position, () => !this.#isClosed);
      this.#window.add(page, this.deps.timers.now());
      if (page.more) this.#mayHaveMore = true;
      else if (page.items.length === 0) await this.#look();
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#isReading = false;
      this.#tell();
    }
  }

  async #catchUp({ name, query, signal }: Reader, position: string): Promise<Stretch> {
    await this.#catchUps.acquire(name);
    try {
      return await this.#read(query, position, () => !signal.aborted);
    } finally {
      this.#catchUps.release();
    }
  }

  #read(query: StatusEventQuery, position: string, isWanted: () => boolean): Promise<StatusEventPage> {
    const { store, timers } = this.deps;
    return readPatiently(timers, () => store.readStatusEvents(this.tenantId, query, position, EVENTS_AT_ONCE), isWanted);
  }

  #lookLater(): void {
    this.#cancelLook = this.deps.timers.after(SWITCH_LOOK_MS, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    await this.#look();
    if (!this.#isClosed && this.#isOn) this.#lookLater();
  }

  async #look(): Promise<void> {
    try {
      const { enabled } = await this.deps.store.statusFeed(this.tenantId);
      if (enabled || !this.#isOn) return;
      this.#isOn = false;
      this.#mayHaveMore = true;
      this.#tell();
    } catch {
      // Those who wait for events find out how long the database is away.
    }
  }
}
