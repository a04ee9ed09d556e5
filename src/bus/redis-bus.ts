import type { Logger } from '../core/ports/logger.js';
import {
  type BusAnswers,
  type BusEvent,
  type BusHandler,
  type BusMessage,
  type BusQuestion,
  type Channel,
  type ChannelSubscription,
  isOfTenant,
  type MessageBus,
  tenantOf,
} from '../core/ports/message-bus.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { BackoffRange } from '../lib/time/backoff.js';
import { LastingFault } from '../lib/time/lasting-fault.js';
import { systemTimers } from '../lib/time/timers.js';
import { withTimeout } from '../lib/time/with-timeout.js';
import { ReconnectWatcher } from '../redis/reconnect-watcher.js';
import { parseRedisUrls } from '../redis/redis-server.js';
import { QuestionRound } from './question-round.js';
import { BusShards } from './redis/bus-shards.js';
import { ChannelRegistry } from './redis/channel-registry.js';
import { EventEncoder } from './redis/event-payload.js';
import { GapAnnouncer } from './redis/gap-announcer.js';

interface RedisBusOptions {
  /**
   * URLs of Redis, comma-separated: of one server, the seeds of a cluster, or a primary and the servers that
   * may take over from it.
   */
  url: string;
  /** Begins the name of every channel. */
  prefix: string;
  metrics: Metrics;
  logger: Logger;
}

/** A message bus on Redis or a Redis Cluster. */
export interface RedisBus extends MessageBus {
  /**
   * False while any server of the bus is away or refuses events: they may be lost, and sweeps repair that.
   */
  readonly available: boolean;
}

/**
 * Trusts no count of nodes for this long after a loss of Redis, in milliseconds: others may not have come
 * back
 * yet.
 */
const RETURN_MS = 3_000;

/** Waits this long for a subscription before a first question is put, in milliseconds. */
const REPLY_CHANNEL_MS = 1_000;

/** Bounds of the delay before a lost server is looked for again. */
const RETRY: BackoffRange = { firstMs: 25, lastMs: 1000 };

/**
 * Opens a bus that starts without Redis and goes on without it: it looks for the servers in the background
 * until `close`. Events wait for Redis a second at most, in bounded memory. See docs/design/bus.md for what
 * is lost and what is announced.
 */
export function createRedisBus(options: RedisBusOptions): RedisBus {
  const bus = new Bus(options);
  bus.start();
  return bus;
}

class Bus implements RedisBus {
  readonly #gaps: GapAnnouncer;
  readonly #channels: ChannelRegistry;
  readonly #shards: BusShards;
  readonly #watcher: ReconnectWatcher;
  readonly #refusals = new LastingFault(systemTimers);
  readonly #round = new QuestionRound();
  /** Resolves once answers can come in; null until the first question. */
  #listening: Promise<unknown> | null = null;
  #troubledAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(private readonly options: RedisBusOptions) {
    const { metrics, logger } = options;
    this.#gaps = new GapAnnouncer({ metrics, logger });
    this.#channels = new ChannelRegistry({
      metrics,
      logger,
      onFirst: (state) => this.#shards.subscribe(state),
      onLast: (state) => this.#shards.unsubscribe(state),
      onUnheard: (event) => this.#answerForNobody(event),
      onUnreadable: () => this.#gaps.announceLostEvent(),
    });
    this.#shards = new BusShards({
      metrics,
      channels: this.#channels,
      onLost: (reason, server) => {
        this.#troubledAt = systemTimers.now();
        this.#watcher.lost(reason, server);
      },
      onFailed: (reason, server) => {
        this.#troubledAt = systemTimers.now();
        this.#watcher.trouble(reason, server);
      },
      onRefused: (reason, server) => {
        if (this.#refusals.isNews(`${server} ${reason}`))
          logger.warn({ server, reason }, 'Redis refuses events of the bus: they are late');
      },
      onMoved: () => this.#watcher.look(),
      onRestored: () => this.#gaps.announce(),
    });
    this.#watcher = new ReconnectWatcher({
      seeds: parseRedisUrls(options.url, 'tidings'),
      retry: RETRY,
      follow: (topology) => this.#shards.follow(topology),
      isWhole: () => this.#shards.whole,
      onTrouble: (reason, server) => logger.warn({ server, reason }, 'the bus has lost Redis: events are late until it is back'),
      onRecovered: () => logger.info({}, 'the bus is connected to Redis'),
    });
  }

  start(): void {
    this.#watcher.look();
  }

  get available(): boolean {
    return this.#shards.available;
  }

  publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const acknowledgements = new Set<Promise<void>>();
    const encoder = new EventEncoder();
    let tenantId = '';
    for (const { channel, event } of messages) {
      const name = this.#name(channel);
      if (!isOfTenant(channel, tenantId)) tenantId = tenantOf(channel);
      acknowledgements.add(this.#shards.publisherOf(name).add(tenantId, name, encoder.encode(event)));
    }
    return Promise.all(acknowledgements).then(() => {});
  }

  subscribe(channel: Channel, handle: BusHandler): Promise<ChannelSubscription> {
    return this.#channels.subscribe(this.#name(channel), handle);
  }

  async ask(questions: readonly BusQuestion[]): Promise<BusAnswers[]> {
    const unanswered = () => questions.map(() => ({ answers: [], complete: false }));
    if (this.#closed || !this.available) return unanswered();
    this.#listening ??= this.subscribe(this.#round.replyTo, (event) => this.#round.take(event));
    const late = () => new Error('no subscription in time');
    const ready = await withTimeout(this.#listening, REPLY_CHANNEL_MS, late).then(
      () => true,
      () => false,
    );
    if (!ready || this.#closed) return unanswered();
    const put = ({ channel, question }: BusQuestion) => {
      const name = this.#name(channel);
      return this.#round.ask(question, (event) => this.#shards.publisherOf(name).count(name, new EventEncoder().encode(event)));
    };
    const answered = await Promise.all(questions.map(put));
    const isSure = systemTimers.now() - this.#troubledAt >= RETURN_MS;
    return answered.map(({ answers, complete }) => ({ answers, complete: complete && isSure && this.available }));
  }

  /** Answers a question on a channel that was just left: this node was counted, and holds nothing. */
  #answerForNobody(event: BusEvent): void {
    if (event.type !== 'question') return;
    const { id, replyTo } = event;
    void this.publish([{ channel: replyTo, event: { type: 'answer', id, answer: { connections: [] } } }]);
  }

  onGap(listener: () => void): () => void {
    return this.#gaps.listen(listener);
  }

  /** Sends what was published first, if Redis takes it within the bound of a publish. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    this.#gaps.close();
    this.#round.close();
    await this.#shards.flushed();
    this.#shards.close();
    this.#channels.close();
  }

  #name(channel: Channel): string {
    return `${this.options.prefix}:${channel}`;
  }
}
