import { Attempt, type CallbackGuard } from '../callback-guard.js';
import { retryDelay } from '../waiting.js';

/** Keeps at most this many events for a page that is busy. What it knows counts as old beyond that. */
const MAX_WAITING_EVENTS = 1000;

/** A change event of a live topic. */
export interface LiveEvent {
  id: string;
  topic: string;
  /** The event's type, such as `update`. */
  event: string;
  name: string | null;
  data: Record<string, unknown>;
  /** Names of changed attributes of `data`; null if they were not given. */
  changed: string[] | null;
  createdAt: string;
  /** The object that changed, where `topic` is only its parent. */
  child?: { topic: string; name: string | null };
}

/** Narrows what is followed, in the words of `subscribe` (PROTOCOL.md, "Live topics"). */
export interface SubscribeOptions {
  events?: readonly string[];
  where?: Record<string, unknown>;
  condition?: string;
  fields?: readonly string[];
  /** The id of the last event that the page has: what followed it comes first. */
  after?: string;
  /**
   * Called when what the page knows may be old: once it is subscribed, and whenever events may have been
   * lost. Fetch the state and show it. Events that come meanwhile wait until the promise has resolved. If it
   * rejects, or takes too long (`signal` is aborted then), it is called again a little later.
   */
  onStale?: (signal: AbortSignal) => unknown;
}

export interface Waits {
  connectTimeoutMs: number;
  retryMs: readonly [number, number];
}

/**
 * Hands events of one `subscribe` to the application, one after the other, and has it fetch the state
 * first.
 */
export class TopicSubscription {
  #waiting: LiveEvent[] = [];
  #stale = false;
  #unanswered = 0;
  #incomplete = false;
  #busy = false;
  #closed = false;
  #failures = 0;
  #fetching: Attempt | undefined;
  #fetchAgain = () => {};
  readonly #after = new Map<string, string>();

  constructor(
    readonly topics: readonly string[],
    private readonly onEvent: (event: LiveEvent) => unknown,
    private readonly options: SubscribeOptions,
    private readonly guard: CallbackGuard,
    private readonly waits: Waits,
  ) {
    if (options.after !== undefined) for (const topic of topics) this.#after.set(topic, options.after);
  }

  /**
   * Returns the command that follows one of the topics: topics have no common order, so each has a last
   * event.
   */
  command(topic: string): object {
    const { onStale: _, ...options } = this.options;
    return { type: 'subscribe', topics: [topic], ...options, after: this.#after.get(topic) };
  }

  take(event: LiveEvent): void {
    const matching = this.topics.filter((pattern) => matches(pattern, event.topic));
    for (const topic of matching) this.#after.set(topic, event.id);
    const { events } = this.options;
    if (matching.length === 0 || (events && !events.includes(event.event))) return;
    if (this.#waiting.push(event) > MAX_WAITING_EVENTS) {
      void this.guard.tell(new Error('events were dropped'));
      this.#waiting.shift();
      this.outdate();
    }
    this.#next();
  }

  /** Has the state fetched anew. It is newer than what waits, which must not be shown after it. */
  outdate(): void {
    if (!this.options.onStale) return;
    this.#waiting = [];
    this.#stale = true;
    this.#next();
  }

  /** Notes that no answer will come to what was asked before. */
  disconnected(): void {
    this.#unanswered = 0;
  }

  /** Also fetches a state that could not be had: there is a connection again. */
  asked(): void {
    this.#unanswered++;
    this.#fetchAgain();
  }

  /** The state is fetched once all topics are followed, so that nothing changes unseen between both. */
  answered(isComplete: boolean): void {
    this.#incomplete ||= !isComplete;
    if (--this.#unanswered > 0 || !this.#incomplete) return;
    this.#incomplete = false;
    this.outdate();
  }

  close(): void {
    this.#closed = true;
    this.#fetchAgain();
    this.#fetching?.abort();
  }

  #next(): void {
    if (this.#busy || this.#closed) return;
    if (this.#stale) {
      void this.#do(() => this.#fetch());
      return;
    }
    const event = this.#waiting.shift();
    if (event) void this.#do(() => this.guard.run(() => this.onEvent(event)));
  }

  async #do(step: () => Promise<unknown>): Promise<void> {
    this.#busy = true;
    await step();
    this.#busy = false;
    this.#next();
  }

  async #fetch(): Promise<void> {
    const { onStale } = this.options;
    this.#stale = false;
    if (!onStale) return;
    this.#fetching = new Attempt();
    if (await this.guard.runWithin(this.waits.connectTimeoutMs, this.#fetching, onStale)) {
      this.#failures = 0;
      return;
    }
    this.#stale = true;
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryDelay(this.#failures++, this.waits.retryMs));
      this.#fetchAgain = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Compares by segments: `*` stands for one, and a pattern matches whatever begins with it. */
function matches(pattern: string, topic: string): boolean {
  const segments = topic.split(':');
  return pattern.split(':').every((one, i) => i < segments.length && (one === '*' || one === segments[i]));
}
