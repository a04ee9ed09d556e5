import type { Metrics } from '../../core/ports/metrics.js';
import { RedisLink } from '../../redis/redis-link.js';
import type { RedisServer } from '../../redis/redis-server.js';
import type { Topology } from '../../redis/topology.js';
import type { ChannelRegistry, ChannelState } from './channel-registry.js';
import { ShardPublisher, type WaitingEvent } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';

/** One server with the connections to it, which come and go. */
interface Shard {
  readonly server: RedisServer;
  readonly publisher: ShardPublisher;
  publishing: RedisLink | null;
  subscribing: RedisLink | null;
  subscriber: ShardSubscriber | null;
}

export interface ShardsOptions {
  metrics: Metrics;
  channels: ChannelRegistry;
  /** A connection was lost, or could not be made. */
  onLost(reason: string, server: string): void;
  onFailed(reason: string, server: string): void;
  /** A channel is served elsewhere than the topology says. */
  onMoved(): void;
  /** All channels of a server are subscribed again: what came meanwhile is lost. */
  onRestored(): void;
}

/** The servers as they were last seen: what each channel is published and subscribed on, and the connections for it. */
export class Shards {
  readonly #shards = new Map<string, Shard>();
  /** Takes what has no server yet. */
  readonly #unrouted: ShardPublisher;
  #topology: Topology | null = null;
  #closed = false;

  constructor(private readonly options: ShardsOptions) {
    this.#unrouted = new ShardPublisher({ metrics: options.metrics });
  }

  get topology(): Topology | null {
    return this.#topology;
  }

  /** Every channel has a server, and every server its connections. */
  get whole(): boolean {
    if (!this.#topology?.complete) return false;
    for (const shard of this.#shards.values()) if (!shard.publishing || !shard.subscribing) return false;
    return this.#shards.size > 0;
  }

  publisherOf(name: string): ShardPublisher {
    return this.#shardOf(name)?.publisher ?? this.#unrouted;
  }

  subscribe(state: ChannelState): void {
    const shard = this.#shardOf(state.name);
    if (!shard) return;
    state.server = shard.server.key;
    shard.subscriber?.add(state.name);
  }

  unsubscribe(state: ChannelState): void {
    if (state.server !== null) this.#shards.get(state.server)?.subscriber?.remove(state.name);
  }

  /** Goes by what was seen now: drops servers that carry nothing any more, and connects to those that are not connected. */
  async follow(topology: Topology): Promise<void> {
    if (this.#closed) return;
    this.#apply(topology);
    const missing = [...this.#shards.values()].filter((shard) => !shard.publishing || !shard.subscribing);
    await Promise.all(
      missing.map((shard) =>
        this.#connect(shard, topology.isCluster).catch((error: Error) => this.options.onFailed(error.message, shard.server.key)),
      ),
    );
  }

  /** Resolves when what was published so far is answered for, or at the bound of a publish. */
  async flushed(): Promise<void> {
    await Promise.all([...this.#shards.values()].map(({ publisher }) => publisher.flushed()));
  }

  close(): void {
    this.#closed = true;
    for (const key of [...this.#shards.keys()]) this.#drop(key);
  }

  #shardOf(name: string): Shard | undefined {
    const server = this.#topology?.serverOf(name);
    return server && this.#shards.get(server.key);
  }

  // ---- Connections ----

  async #connect(shard: Shard, sharded: boolean): Promise<void> {
    await Promise.all([
      shard.publishing ?? this.#connectPublisher(shard, sharded),
      shard.subscribing ?? this.#connectSubscriber(shard, sharded),
    ]);
  }

  async #connectPublisher(shard: Shard, sharded: boolean): Promise<void> {
    const { server } = shard;
    const link = await RedisLink.open(server, (reason) => {
      shard.publishing = null;
      shard.publisher.detach();
      this.options.onLost(reason, server.key);
    });
    if (!this.#isCurrent(shard)) return link.close();
    shard.publishing = link;
    shard.publisher.attach(link, sharded);
  }

  async #connectSubscriber(shard: Shard, sharded: boolean): Promise<void> {
    const { channels } = this.options;
    const { key } = shard.server;
    const link = await RedisLink.open(shard.server, (reason) => {
      shard.subscribing = null;
      shard.subscriber = null;
      for (const state of channels.on(key)) state.confirmed = false;
      this.options.onLost(reason, key);
    });
    if (!this.#isCurrent(shard)) return link.close();
    shard.subscribing = link;
    shard.subscriber = new ShardSubscriber(link, sharded, {
      onConfirmed: (name) => channels.confirm(name, key),
      onPayload: (name, payload) => channels.receive(name, payload),
    });
    const names = channels.on(key).map(({ name }) => name);
    if (names.length > 0) shard.subscriber.restore(names, () => this.options.onRestored());
  }

  #isCurrent(shard: Shard): boolean {
    return !this.#closed && this.#shards.get(shard.server.key) === shard;
  }

  // ---- What has moved ----

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
    for (const event of waiting) this.publisherOf(event.channel).takeOver([event]);
    this.#moveChannels();
  }

  #newShard(server: RedisServer): Shard {
    const onMoved = (events: readonly WaitingEvent[]) => {
      // They have no owner until we have looked; then they are routed again.
      this.#unrouted.takeOver(events);
      this.options.onMoved();
    };
    const publisher = new ShardPublisher({ metrics: this.options.metrics, onMoved });
    return { server, publisher, publishing: null, subscribing: null, subscriber: null };
  }

  #drop(key: string): void {
    const shard = this.#shards.get(key);
    this.#shards.delete(key);
    shard?.publisher.detach();
    shard?.publishing?.close();
    shard?.subscribing?.close();
    for (const state of this.options.channels.on(key)) {
      state.server = null;
      state.confirmed = false;
    }
  }

  // Slots that went to another server: subscribed there, and then what was missed on the way is a gap.
  #moveChannels(): void {
    const arrived = new Map<Shard, string[]>();
    for (const state of this.options.channels.all()) {
      const shard = this.#shardOf(state.name);
      const key = shard?.server.key ?? null;
      if (state.server === key) continue;
      this.unsubscribe(state);
      state.server = key;
      state.confirmed = false;
      if (!shard?.subscriber) continue;
      const names = arrived.get(shard);
      if (names) names.push(state.name);
      else arrived.set(shard, [state.name]);
    }
    for (const [shard, names] of arrived) shard.subscriber?.restore(names, () => this.options.onRestored());
  }
}
