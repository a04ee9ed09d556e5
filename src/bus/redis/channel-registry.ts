import type { Logger } from '../../core/ports/logger.js';
import type { BusEvent, BusHandler, ChannelSubscription } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { decodeEvents } from './event-payload.js';

/** Stands in the payload of every question. */
const QUESTION = '"type":"question"';

/** Holds a handler of a channel in an object of its own, so that the same function may subscribe twice. */
interface HandlerEntry {
  handle: BusHandler;
}

export interface ChannelState {
  readonly name: string;
  readonly handlers: Set<HandlerEntry>;
  /** Key of the server that the channel is, or is to be, subscribed on; null while it has none. */
  server: string | null;
  /** True while the server has confirmed the subscription. */
  confirmed: boolean;
  /** Called once the subscription is confirmed. */
  waiting: Array<() => void>;
}

interface ChannelRegistryOptions {
  metrics: Metrics;
  logger: Logger;
  /** Called when a channel has got its first handler. */
  onFirst(state: ChannelState): void;
  /** Called when a channel has lost its last handler. */
  onLast(state: ChannelState): void;
  /**
   * Called for an event of a channel that nobody listens to any more, whose server has yet to hear of that.
   */
  onUnheard(event: BusEvent): void;
  /** Called for each payload that cannot be read. */
  onUnreadable(): void;
}

/** Knows the channels that this process listens to, and hands their events to the handlers. */
export class ChannelRegistry {
  readonly #states = new Map<string, ChannelState>();
  #closed = false;

  constructor(private readonly options: ChannelRegistryOptions) {}

  all(): Iterable<ChannelState> {
    return this.#states.values();
  }

  /** Lists the channels that are, or are to be, subscribed on this server. */
  on(server: string): ChannelState[] {
    return [...this.#states.values()].filter((state) => state.server === server);
  }

  subscribe(name: string, handle: BusHandler): Promise<ChannelSubscription> {
    const entry: HandlerEntry = { handle };
    const state = this.#stateOf(name);
    state.handlers.add(entry);
    const subscription = { close: () => this.#leave(state, entry) };
    if (this.#closed || state.confirmed) return Promise.resolve(subscription);
    return new Promise((resolve) => state.waiting.push(() => resolve(subscription)));
  }

  /** Takes note that this server has confirmed a subscription. */
  confirm(name: string, server: string): void {
    const state = this.#states.get(name);
    if (!state || state.server !== server) return;
    state.confirmed = true;
    for (const resolve of state.waiting.splice(0)) resolve();
  }

  receive(name: string, payload: string): void {
    const state = this.#states.get(name);
    if (!state && !payload.includes(QUESTION)) return;
    const events = decodeEvents(payload);
    if (!state) {
      for (const event of events ?? []) this.options.onUnheard(event);
      return;
    }
    if (events === null) {
      this.options.onUnreadable();
      return;
    }
    this.options.metrics.busEventsReceived.inc(events.length);
    for (const event of events)
      for (const entry of [...state.handlers]) if (state.handlers.has(entry)) this.#deliver(entry, event);
  }

  close(): void {
    this.#closed = true;
    for (const state of this.#states.values()) for (const resolve of state.waiting.splice(0)) resolve();
    this.#states.clear();
  }

  #stateOf(name: string): ChannelState {
    const known = this.#states.get(name);
    if (known) return known;
    const state: ChannelState = { name, handlers: new Set(), server: null, confirmed: false, waiting: [] };
    this.#states.set(name, state);
    this.options.onFirst(state);
    return state;
  }

  #leave(state: ChannelState, entry: HandlerEntry): void {
    if (!state.handlers.delete(entry) || state.handlers.size > 0 || this.#states.get(state.name) !== state) return;
    this.#states.delete(state.name);
    this.options.onLast(state);
    // Whoever still waits has closed before it got its subscription.
    for (const resolve of state.waiting.splice(0)) resolve();
  }

  #deliver({ handle }: HandlerEntry, event: BusEvent): void {
    try {
      handle(event);
    } catch (error) {
      this.options.logger.error({ err: error, type: event.type }, 'a handler of the bus failed');
    }
  }
}
