import type { BusEvent, BusHandler, BusMessage, Channel, MessageBus, Subscription } from '../core/bus.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { Link } from './redis/link.js';
import { Publisher, type WaitingEvent } from './redis/publisher.js';
import { parseServers, type Server } from './redis/servers.js';
import { Subscriber } from './redis/subscriber.js';
import { discover, type Topology } from './redis/topology.js';
import { decodeEvents, EventEncoder } from './redis/wire.js';

export interface RedisBusOptions {
  /** One or several URLs, comma-separated: the seeds of a cluster, or a primary and the servers that may take over from it. */
  url: string;
  /** Begins every channel's name. */
  prefix: string;
  metrics: Metrics;
  logger: Logger;
}

export interface RedisBus extends MessageBus {
  /** False while any server of the bus is away: events may be lost, and sweeps repair that. */
  readonly available: boolean;
}

/** How long to wait before looking for the servers again after a loss, in milliseconds; doubled each time. */
const FIRST_RETRY_MS = 25;
const LAST_RETRY_MS = 1000;
/** A connection that lasted this long was a good one: the next retry is quick again. */
const GOOD_AFTER_MS = 1000;
/** How often a cluster, or the order of several servers, is looked at when nothing seems wrong. */
const LOOK_AGAIN_MS = 10_000;
/** A flood of events of another version must not become a flood of sweeps. */
const LOST_EVENT_GAP_MS = 1000;

interface ChannelState {
  readonly name: string;
  readonly handlers: Set<{ handle: BusHandler }>;
  /** Key of the server that it is subscribed on. */
  server: string | null;
  confirmed: boolean;
  waiting: Array<() => void>;
}

/** One server with the connections to it, which come and go. */
interface Shard {
  readonly server: Server;
  readonly publisher: Publisher;
  publishing: Link | null;
  subscribing: Link | null;
  subscriber: Subscriber | null;
}

/**
 * Starts without Redis and goes on without it. Looks for the servers in the background until `close`.
 *
 * Events wait for Redis a second at most, in bounded memory; what is older or too much is dropped. The nodes that should have got
 * a dropped event cannot know: their sweep finds its message in the store. What they can know, that a subscribing connection was
 * lost or that an event could not be read, is announced as a gap, in a cluster one per server, after all channels of that server
 * are subscribed again.
 */
export function createRedisBus(options: RedisBusOptions): RedisBus {
  const bus = new Bus(options);
  bus.start();
  return bus;
}

class Bus implements RedisBus {
  readonly #seeds: Server[];
  readonly #channels = new Map<string, ChannelState>();
  readonly #shards = new Map<string, Shard>();
  readonly #gapListeners = new Set<{ listener: () => void }>();
  /** Takes what has no server yet. */
  readonly #unrouted: Publisher;
  #topology: Topology | null = null;
  #closed = false;
  #looking = false;
  #lookAgain = false;
  #retrying = false;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #goodSince = Number.NEGATIVE_INFINITY;
  #troubled = false;
  #lostEventTimer: NodeJS.Timeout | null = null;
  #lostEventPending = false;

  constructor(private readonly options: RedisBusOptions) {
    this.#seeds = parseServers(options.url);
    this.#unrouted = new Publisher({ metrics: options.metrics });
  }

  start(): void {
    this.#look();
  }

  get available(): boolean {
    if (!this.#topology?.complete) return false;
    for (const shard of this.#shards.values()) if (!shard.publishing || !shard.subscribing) return false;
    return this.#shards.size > 0;
  }

  publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const turns = new Set<Promise<void>>();
    const encoder = new EventEncoder();
    for (const { channel, event } of messages) {
      const name = this.#name(channel);
      turns.add(this.#publisherOf(name).add(name, encoder.encode(event)));
    }
    return Promise.all(turns).then(() => {});
  }

  subscribe(channel: Channel, handle: BusHandler): Promise<Subscription> {
    const name = this.#name(channel);
    // An object of its own, so that the same function may subscribe twice.
    const entry = { handle };
    const state = this.#stateOf(name);
    state.handlers.add(entry);
    const subscription = { close: () => this.#leave(state, entry) };
    if (this.#closed || state.confirmed) return Promise.resolve(subscription);
    return new Promise((resolve) => state.waiting.push(() => resolve(subscription)));
  }

  onGap(listener: () => void): () => void {
    const entry = { listener };
    this.#gapListeners.add(entry);
    return () => this.#gapListeners.delete(entry);
  }

  /** What was published goes out first, if Redis takes it within the bound of a publish. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#lostEventTimer) clearTimeout(this.#lostEventTimer);
    this.#gapListeners.clear();
    await Promise.all([...this.#shards.values()].map(({ publisher }) => publisher.flushed()));
    for (const key of [...this.#shards.keys()]) this.#drop(key);
    for (const state of this.#channels.values()) for (const resolve of state.waiting.splice(0)) resolve();
    this.#channels.clear();
  }

  #name(channel: Channel): string {
    return `${this.options.prefix}:${channel}`;
  }

  // ---- Channels ----

  #stateOf(name: string): ChannelState {
    const known = this.#channels.get(name);
    if (known) return known;
    const state: ChannelState = { name, handlers: new Set(), server: null, confirmed: false, waiting: [] };
    this.#channels.set(name, state);
    const shard = this.#shardOf(name);
    if (shard) {
      state.server = shard.server.key;
      shard.subscriber?.add(name);
    }
    return state;
  }

  #leave(state: ChannelState, entry: { handle: BusHandler }): void {
    if (!state.handlers.delete(entry) || state.handlers.size > 0 || this.#channels.get(state.name) !== state) return;
    this.#channels.delete(state.name);
    if (state.server !== null) this.#shards.get(state.server)?.subscriber?.remove(state.name);
    // Whoever still waits has closed before it got its subscription.
    for (const resolve of state.waiting.splice(0)) resolve();
  }

  #confirm(name: string, server: string): void {
    const state = this.#channels.get(name);
    if (!state || state.server !== server) return;
    state.confirmed = true;
    for (const resolve of state.waiting.splice(0)) resolve();
  }

  #receive(name: string, payload: string): void {
    const state = this.#channels.get(name);
    if (!state) return;
    const events = decodeEvents(payload);
    if (events === null) {
      this.#announceLostEvent();
      return;
    }
    this.options.metrics.busEventsReceived.inc(events.length);
    for (const event of events)
      for (const entry of [...state.handlers]) if (state.handlers.has(entry)) this.#deliver(entry, event);
  }

  #deliver({ handle }: { handle: BusHandler }, event: BusEvent): void {
    try {
      handle(event);
    } catch (error) {
      this.options.logger.error({ err: error, type: event.type }, 'a handler of the bus failed');
    }
  }

  // ---- Gaps ----

  #announceGap(): void {
    this.options.metrics.busGaps.inc();
    for (const { listener } of [...this.#gapListeners]) {
      try {
        listener();
      } catch (error) {
        this.options.logger.error({ err: error }, 'a listener to gaps of the bus failed');
      }
    }
  }

  #announceLostEvent(): void {
    if (this.#lostEventTimer !== null) {
      this.#lostEventPending = true;
      return;
    }
    this.options.logger.warn({}, 'an event of the bus could not be read: another version of the service uses the same channels');
    this.#lostEventTimer = setTimeout(() => {
      this.#lostEventTimer = null;
      const again = this.#lostEventPending;
      this.#lostEventPending = false;
      if (again) this.#announceLostEvent();
    }, LOST_EVENT_GAP_MS);
    this.#lostEventTimer.unref();
    this.#announceGap();
  }

  // ---- Servers ----

  #shardOf(name: string): Shard | undefined {
    const server = this.#topology?.serverOf(name);
    return server && this.#shards.get(server.key);
  }

  #publisherOf(name: string): Publisher {
    return this.#shardOf(name)?.publisher ?? this.#unrouted;
  }

  /** Finds the servers, connects to those that are not connected, and comes back later if anything is missing. */
  #look(): void {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#looking = true;
    this.#lookAgain = false;
    this.#retrying = false;
    this.#lookOnce()
      .catch((error: Error) => this.#trouble(error.message))
      .finally(() => {
        this.#looking = false;
        if (this.#closed) return;
        if (this.available && !this.#lookAgain) this.#recovered();
        else this.#lookLater();
      });
  }

  async #lookOnce(): Promise<void> {
    const topology = await discover(this.#candidates());
    if (this.#closed) return;
    this.#apply(topology);
    const missing = [...this.#shards.values()].filter((shard) => !shard.publishing || !shard.subscribing);
    await Promise.all(missing.map((shard) => this.#connect(shard).catch((error: Error) => this.#trouble(error.message, shard))));
  }

  // A cluster may have moved away from all seeds that it had when we started.
  #candidates(): Server[] {
    if (!this.#topology?.isCluster) return this.#seeds;
    return [
      ...new Map([...this.#seeds, ...[...this.#topology.servers.values()].slice(0, 8)].map((one) => [one.key, one])).values(),
    ];
  }

  #recovered(): void {
    this.#goodSince = performance.now();
    if (this.#troubled) this.options.logger.info({}, 'the bus is connected to Redis');
    this.#troubled = false;
    if (this.#topology?.isCluster || this.#seeds.length > 1)
      this.#timer = setTimeout(() => this.#look(), LOOK_AGAIN_MS * (0.5 + Math.random()));
    this.#timer?.unref();
  }

  #lookLater(): void {
    this.#retrying = true;
    this.#timer = setTimeout(() => this.#look(), this.#retryMs * (0.5 + Math.random() / 2));
    this.#timer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #lost(reason: string, shard: Shard): void {
    if (this.#closed) return;
    this.#trouble(reason, shard);
    if (performance.now() - this.#goodSince > GOOD_AFTER_MS) this.#retryMs = FIRST_RETRY_MS;
    this.#goodSince = Number.POSITIVE_INFINITY;
    if (this.#looking) {
      this.#lookAgain = true;
    } else if (!this.#retrying) {
      clearTimeout(this.#timer);
      this.#lookLater();
    }
  }

  #trouble(reason: string, shard?: Shard): void {
    if (this.#closed || this.#troubled) return;
    this.#troubled = true;
    const server = shard?.server.key ?? this.#seeds.map(({ key }) => key).join(', ');
    this.options.logger.warn({ server, reason }, 'the bus has lost Redis: events are late until it is back');
  }

  async #connect(shard: Shard): Promise<void> {
    const sharded = this.#topology?.isCluster ?? false;
    await Promise.all([
      shard.publishing ?? this.#connectPublisher(shard, sharded),
      shard.subscribing ?? this.#connectSubscriber(shard, sharded),
    ]);
  }

  async #connectPublisher(shard: Shard, sharded: boolean): Promise<void> {
    const link = await Link.open(shard.server, (reason) => {
      shard.publishing = null;
      shard.publisher.detach();
      this.#lost(reason, shard);
    });
    if (!this.#isCurrent(shard)) return link.close();
    shard.publishing = link;
    shard.publisher.attach(link, sharded);
  }

  async #connectSubscriber(shard: Shard, sharded: boolean): Promise<void> {
    const { key } = shard.server;
    const link = await Link.open(shard.server, (reason) => {
      shard.subscribing = null;
      shard.subscriber = null;
      for (const state of this.#channels.values()) if (state.server === key) state.confirmed = false;
      this.#lost(reason, shard);
    });
    if (!this.#isCurrent(shard)) return link.close();
    shard.subscribing = link;
    shard.subscriber = new Subscriber(link, sharded, {
      onConfirmed: (name) => this.#confirm(name, key),
      onPayload: (name, payload) => this.#receive(name, payload),
    });
    const names = [...this.#channels.values()].filter((state) => state.server === key).map((state) => state.name);
    if (names.length > 0) shard.subscriber.restore(names, () => this.#announceGap());
  }

  #isCurrent(shard: Shard): boolean {
    return !this.#closed && this.#shards.get(shard.server.key) === shard;
  }

  #apply(topology: Topology): void {
    const waiting: WaitingEvent[] = this.#unrouted.takeAll();
    const modeChanged = this.#topology !== null && this.#topology.isCluster !== topology.isCluster;
    for (const [key, shard] of this.#shards) {
      if (!modeChanged && topology.servers.has(key)) continue;
      waiting.push(...shard.publisher.takeAll());
      this.#drop(key);
    }
    this.#topology = topology;
    for (const [key, server] of topology.servers) if (!this.#shards.has(key)) this.#shards.set(key, this.#newShard(server));
    this.#route(waiting);
    this.#moveChannels();
  }

  #newShard(server: Server): Shard {
    const publisher = new Publisher({ metrics: this.options.metrics, onMoved: (events) => this.#redirect(events) });
    return { server, publisher, publishing: null, subscribing: null, subscriber: null };
  }

  #drop(key: string): void {
    const shard = this.#shards.get(key);
    this.#shards.delete(key);
    shard?.publisher.detach();
    shard?.publishing?.close();
    shard?.subscribing?.close();
    for (const state of this.#channels.values()) {
      if (state.server !== key) continue;
      state.server = null;
      state.confirmed = false;
    }
  }

  #route(events: readonly WaitingEvent[]): void {
    for (const event of events) this.#publisherOf(event.channel).takeOver([event]);
  }

  /** These have no owner until we have looked; then they are routed again. */
  #redirect(events: readonly WaitingEvent[]): void {
    this.#unrouted.takeOver(events);
    this.#look();
  }

  // Slots that went to another server: subscribed there, and then what was missed on the way is a gap.
  #moveChannels(): void {
    const arrived = new Map<Shard, string[]>();
    for (const state of this.#channels.values()) {
      const shard = this.#shardOf(state.name);
      const key = shard?.server.key ?? null;
      if (state.server === key) continue;
      if (state.server !== null) this.#shards.get(state.server)?.subscriber?.remove(state.name);
      state.server = key;
      state.confirmed = false;
      if (shard?.subscriber) {
        const names = arrived.get(shard);
        if (names) names.push(state.name);
        else arrived.set(shard, [state.name]);
      }
    }
    for (const [shard, names] of arrived) shard.subscriber?.restore(names, () => this.#announceGap());
  }
}
