import type { RedisOptions } from 'ioredis';
import type { MessageBus } from '../core/bus.js';
import type { Clock } from '../core/clock.js';
import type { LiveDirectory } from '../core/live/directory.js';
import type { EventStream, StreamBounds } from '../core/live/event-stream.js';
import type { DirectoryDeps } from '../core/live/use-cases/directory.js';
import type { EventPublishing } from '../core/live/use-cases/publish-events.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { compileCondition } from './condition.js';
import { EventRules } from './event-rules.js';
import type { EncodeFrame } from './frames.js';
import { LiveHub } from './hub.js';
import { DEFAULT_LIVE_LIMITS, type LiveLimits } from './limits.js';
import { LivePublisher } from './publisher.js';
import { MemoryEventStream } from './streams/memory.js';
import { RedisEventStream } from './streams/redis.js';

export type { EncodeFrame } from './frames.js';
export type { LiveHub } from './hub.js';
export { DEFAULT_LIVE_LIMITS, type LiveLimits } from './limits.js';
export type { LiveSession, LiveSink } from './session.js';
export { LIVE_FRAME_TYPES, V1Translator } from './v1/translator.js';

export interface LiveDeps {
  bus: MessageBus;
  directory: LiveDirectory;
  /** The database's. */
  clock: Clock;
  /** Servers of Redis and what begins every key; null: events are kept in this process. */
  redis: { servers: readonly RedisOptions[]; prefix: string } | null;
  bounds: StreamBounds;
  limits?: Partial<LiveLimits>;
  /** How often feeds are compared with the stream, in milliseconds. */
  lookEveryMs: number;
  encode: EncodeFrame;
  metrics: Metrics;
  logger: Logger;
}

/** Live topics of one process. */
export interface Live {
  /** For the API. */
  api: DirectoryDeps['live'] & { events: EventPublishing };
  /** For connections. */
  openHub(): LiveHub;
  /** After the hub. */
  close(): Promise<void>;
}

/** How long a subscription on the bus may take to be confirmed. */
const CONFIRM_MS = 2000;

export function createLive(deps: LiveDeps): Live {
  const { bus, directory, redis, bounds, lookEveryMs, encode, metrics, logger } = deps;
  const limits = { ...DEFAULT_LIVE_LIMITS, ...deps.limits };
  const now = () => performance.now();
  const { clock } = deps;
  const stream: EventStream =
    redis === null ? new MemoryEventStream(clock, bounds) : new RedisEventStream({ ...redis, clock, bounds, logger });
  const rules = new EventRules(directory, now, logger);
  const events = new LivePublisher({
    bus,
    stream,
    rules,
    limits,
    now,
    onPublished: (count) => metrics.liveEventsPublished.inc(count),
  });
  return {
    api: {
      directory,
      events,
      checkCondition: (field, text) => {
        compileCondition(field, text);
      },
      rulesChanged: (tenantId) => rules.forget(tenantId),
    },
    openHub() {
      const hub = new LiveHub({
        services: { stream, directory, publisher: events, encode, limits, logger, now },
        bus,
        maxAgeMs: bounds.maxAgeMs,
        lookEveryMs,
        confirmMs: CONFIRM_MS,
        onMatched: (connections) => metrics.liveEventsMatched.inc(connections),
        onRecovered: (complete) => (complete ? metrics.liveGaps.recovered : metrics.liveGaps.lost).inc(),
      });
      metrics.liveSubscriptions.read(() => hub.subscriptions);
      return hub;
    },
    close: () => stream.close(),
  };
}
