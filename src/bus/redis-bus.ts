import type { Logger } from '../core/ports/logger.js';
import type { BusHandler, BusMessage, Channel, ChannelSubscription, MessageBus } from '../core/ports/message-bus.js';
import type { Metrics } from '../core/ports/metrics.js';
import { ReconnectWatcher } from '../redis/reconnect-watcher.js';
import { parseRedisUrls, type RedisServer } from '../redis/redis-server.js';
import { discover } from '../redis/topology.js';
import { ChannelRegistry } from './redis/channel-registry.js';
import { EventEncoder } from './redis/event-payload.js';
import { GapAnnouncer } from './redis/gap-announcer.js';
import { Shards } from './redis/shards.js';

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

/** How many servers of a cluster are asked about it, beside the seeds. */
const MEMBERS_ASKED = 8;

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
  readonly #seeds: RedisServer[];
  readonly #gaps: GapAnnouncer;
  readonly #channels: ChannelRegistry;
  readonly #shards: Shards;
  readonly #watcher: ReconnectWatcher;
  #closed = false;

  constructor(private readonly options: RedisBusOptions) {
    const { metrics, logger } = options;
    this.#seeds = parseRedisUrls(options.url);
    this.#gaps = new GapAnnouncer({ metrics, logger });
    this.#channels = new ChannelRegistry({
      metrics,
      logger,
      onFirst: (state) => this.#shards.subscribe(state),
      onLast: (state) => this.#shards.unsubscribe(state),
      onUnreadable: () => this.#gaps.announceLostEvent(),
    });
    this.#shards = new Shards({
      metrics,
      channels: this.#channels,
      onLost: (reason, server) => this.#watcher.lost(reason, server),
      onFailed: (reason, server) => this.#watcher.trouble(reason, server),
      onMoved: () => this.#watcher.look(),
      onRestored: () => this.#gaps.announce(),
    });
    this.#watcher = new ReconnectWatcher({
      logger,
      seeds: this.#seeds.map(({ key }) => key).join(', '),
      look: async () => this.#shards.follow(await discover(this.#candidates())),
      isWhole: () => this.#shards.whole,
      mayChange: () => this.#shards.topology?.isCluster === true || this.#seeds.length > 1,
    });
  }

  start(): void {
    this.#watcher.look();
  }

  get available(): boolean {
    return this.#shards.whole;
  }

  publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const turns = new Set<Promise<void>>();
    const encoder = new EventEncoder();
    for (const { channel, event } of messages) {
      const name = this.#name(channel);
      turns.add(this.#shards.publisherOf(name).add(name, encoder.encode(event)));
    }
    return Promise.all(turns).then(() => {});
  }

  subscribe(channel: Channel, handle: BusHandler): Promise<ChannelSubscription> {
    return this.#channels.subscribe(this.#name(channel), handle);
  }

  onGap(listener: () => void): () => void {
    return this.#gaps.listen(listener);
  }

  /** What was published goes out first, if Redis takes it within the bound of a publish. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    this.#gaps.close();
    await this.#shards.flushed();
    this.#shards.close();
    this.#channels.close();
  }

  #name(channel: Channel): string {
    return `${this.options.prefix}:${channel}`;
  }

  // A cluster may have moved away from all seeds that it had when we started.
  #candidates(): RedisServer[] {
    const { topology } = this.#shards;
    const members = topology?.isCluster ? [...topology.servers.values()].slice(0, MEMBERS_ASKED) : [];
    return [...new Map([...this.#seeds, ...members].map((one) => [one.key, one])).values()];
  }
}
