import type { Logger } from '../../core/ports/logger.js';
import type { BusEvent, BusHandler, ChannelSubscription } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { decodeEvents } from './event-payload.js';

export interface ChannelState {
  readonly name: string;
  /** Objects of their own, so that the same function may subscribe twice. */
  readonly handlers: Set<{ handle: BusHandler }>;
  /** Key of the server that it is subscribed on. */
  server: string | null;
  confirmed: boolean;
  waiting: Array<() => void>;
}

export interface ChannelRegistryOptions {
  metrics: Metrics;
  logger: Logger;
  /** A channel has its first handler. */
  onFirst(state: ChannelState): void;
  /** A channel has lost its last handler. */
  onLast(state: ChannelState): void;
  /** A payload could not be read. */
  onUnreadable(): void;
}

/** What this process listens to, and who gets what comes. */
export class ChannelRegistry {
  readonly #states = new Map<string, ChannelState>();
  #closed = false;

  constructor(private readonly options: ChannelRegistryOptions) {}

  all(): Iterable<ChannelState> {
    return this.#states.values();
  }

  /** Those that are subscribed, or to be subscribed, on this server. */
  on(server: string): ChannelState[] {
    return [...this.#states.values()].filter((state) => state.server === server);
  }

  subscribe(name: string, handle: BusHandler): Promise<ChannelSubscription> {
    const entry = { handle };
    const state = this.#stateOf(name);
    state.handlers.add(entry);
    const subscription = { close: () => this.#leave(state, entry) };
    if (this.#closed || state.confirmed) return Promise.resolve(subscription);
    return new Promise((resolve) => state.waiting.push(() => resolve(subscription)));
  }

  /** This server says that the channel is subscribed. */
  confirm(name: string, server: string): void {
    const state = this.#states.get(name);
    if (!state || state.server !== server) return;
    state.confirmed = true;
    for (const resolve of state.waiting.splice(0)) resolve();
  }

  receive(name: string, payload: string): void {
    const state = this.#states.get(name);
    if (!state) return;
    const events = decodeEvents(payload);
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

  #leave(state: ChannelState, entry: { handle: BusHandler }): void {
    if (!state.handlers.delete(entry) || state.handlers.size > 0 || this.#states.get(state.name) !== state) return;
    this.#states.delete(state.name);
    this.options.onLast(state);
    // Whoever still waits has closed before it got its subscription.
    for (const resolve of state.waiting.splice(0)) resolve();
  }

  #deliver({ handle }: { handle: BusHandler }, event: BusEvent): void {
    try {
      handle(event);
    } catch (error) {
      this.options.logger.error({ err: error, type: event.type }, 'a handler of the bus failed');
    }
  }
}
