import type { Metrics } from '../../core/ports/metrics.js';
import type { RedisLink } from '../../redis/redis-link.js';
import type { RedisServer } from '../../redis/redis-server.js';
import { ServerLinks } from '../../redis/server-links.js';
import type { Topology } from '../../redis/topology.js';
import type { ChannelRegistry, ChannelState } from './channel-registry.js';
import { ShardPublisher } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';
import type { WaitingEvent } from './waiting-events.js';

interface BusShardsOptions {
  metrics: Metrics;
  channels: ChannelRegistry;
  /** Called when a connection is lost. */
  onLost(reason: string, server: string): void;
  /** Called when a connection could not be made. */
  onFailed(reason: string, server: string): void;
  /** Called when a server has refused an event. */
  onRefused(reason: string, server: string): void;
  /** Called when a channel is served elsewhere than the topology says. */
  onMoved(): void;
  /** Called once all channels of a server are subscribed again: what came meanwhile is lost. */
  onRestored(): void;
}

/**
 * Routes each channel to the server that carries it. A server has a publisher and two connections: one
 * publishes, the other subscribes.
 */
export class BusShards {
  readonly #publishers = new Map<string, ShardPublisher>();
  readonly #publishing: ServerLinks<RedisLink>;
  readonly #subscribing: ServerLinks<ShardSubscriber>;
  /** Keeps the events that have no server yet. */
  readonly #unrouted: ShardPublisher;
  #topology: Topology | null = null;
  #closed = false;

  constructor(private readonly options: BusShardsOptions) {
    const { metrics, channels, onLost } = options;
    this.#unrouted = new ShardPublisher({ metrics });
    this.#publishing = new ServerLinks({
      prepare: (link, { key }, { isCluster }) => {
        this.#publishers.get(key)?.attach(link, isCluster);
        return link;
      },
      onLost: ({ key }, reason) => {
        this.#publishers.get(key)?.detach();
        onLost(reason, key);
      },
    });
    this.#subscribing = new ServerLinks({
      prepare: (link, server, topology) => this.#newSubscriber(link, server, topology),
      onLost: ({ key }, reason) => {
        for (const state of channels.on(key)) state.confirmed = false;
        onLost(reason, key);
      },
    });
  }

  /** True if every channel has a server, and every server its connections. */
  get whole(): boolean {
    const topology = this.#topology;
    return topology?.complete === true && this.#publishing.cover(topology) && this.#subscribing.cover(topology);
  }

  /** True if it is whole, and no server refuses events. */
  get available(): boolean {
    if (!this.whole) return false;
    for (const { refusing } of this.#publishers.values()) if (refusing) return false;
    return true;
  }

  publisherOf(name: string): ShardPublisher {
    const server = this.#topology?.serverOf(name);
    return (server && this.#publishers.get(server.key)) ?? this.#unrouted;
  }

  subscribe(state: ChannelState): void {
    const server = this.#topology?.serverOf(state.name);
    if (!server) return;
    state.server = server.key;
    this.#subscribing.get(server.key)?.add(state.name);
  }

  unsubscribe(state: ChannelState): void {
    if (state.server !== null) this.#subscribing.get(state.server)?.remove(state.name);
  }

  /** Leaves the servers that carry nothing any more, and connects to those that are not connected. */
  async follow(topology: Topology): Promise<void> {
    if (this.#closed) return;
    this.#apply(topology);
    const onFailed = ({ key }: RedisServer, error: Error) => this.options.onFailed(error.message, key);
    await Promise.all([this.#publishing.connect(topology, onFailed), this.#subscribing.connect(topology, onFailed)]);
  }

  /** Resolves when what was published so far is answered for, or at the bound of a publish. */
  async flushed(): Promise<void> {
    await Promise.all([...this.#publishers.values()].map((publisher) => publisher.flushed()));
  }

  close(): void {
    this.#closed = true;
    for (const key of this.#publishers.keys()) this.#drop(key);
    this.#publishing.close();
    this.#subscribing.close();
  }

  #newSubscriber(link: RedisLink, { key }: RedisServer, { isCluster }: Topology): ShardSubscriber {
    const { channels, onRestored } = this.options;
    const subscriber = new ShardSubscriber(link, isCluster, {
      onConfirmed: (name) => channels.confirm(name, key),
      onPayload: (name, payload) => channels.receive(name, payload),
    });
    const names = channels.on(key).map(({ name }) => name);
    if (names.length > 0) subscriber.restore(names, onRestored);
    return subscriber;
  }

  #newPublisher(key: string): ShardPublisher {
    const onMoved = (events: readonly WaitingEvent[]) => {
      // Nobody is known to own their channel until the servers were looked at; then they are routed again.
      this.#unrouted.takeOver(events);
      this.options.onMoved();
    };
    const { metrics, onRefused } = this.options;
    return new ShardPublisher({ metrics, onMoved, onRefused: (reason) => onRefused(reason, key) });
  }

  #apply(topology: Topology): void {
    const waiting: WaitingEvent[] = this.#unrouted.takeAll();
    for (const [key, publisher] of this.#publishers) {
      if (topology.keeps(key, this.#topology)) continue;
      waiting.push(...publisher.takeAll());
      this.#drop(key);
    }
    this.#publishing.retain(topology);
    this.#subscribing.retain(topology);
    this.#topology = topology;
    for (const key of topology.servers.keys()) if (!this.#publishers.has(key)) this.#publishers.set(key, this.#newPublisher(key));
    for (const event of waiting) this.publisherOf(event.channel).takeOver([event]);
    this.#moveChannels();
  }

  #drop(key: string): void {
    this.#publishers.get(key)?.detach();
    this.#publishers.delete(key);
    for (const state of this.options.channels.on(key)) {
      state.server = null;
      state.confirmed = false;
    }
  }

  // Subscribes the channels whose slots went to another server there; what they missed on the way is a gap
  // then.
  #moveChannels(): void {
    const arrived = new Map<ShardSubscriber, string[]>();
    for (const state of this.options.channels.all()) {
      const key = this.#topology?.serverOf(state.name)?.key ?? null;
      if (state.server === key) continue;
      this.unsubscribe(state);
      state.server = key;
      state.confirmed = false;
      const subscriber = key === null ? null : this.#subscribing.get(key);
      if (!subscriber) continue;
      const names = arrived.get(subscriber);
      if (names) names.push(state.name);
      else arrived.set(subscriber, [state.name]);
    }
    for (const [subscriber, names] of arrived) subscriber.restore(names, this.options.onRestored);
  }
}
