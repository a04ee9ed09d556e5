import type { EventStream } from '../core/ports/event-stream.js';
import type { LiveDirectory } from '../core/ports/live-directory.js';
import type { LiveTopics } from '../core/ports/live-topics.js';
import type { Logger } from '../core/ports/logger.js';
import type { MessageBus } from '../core/ports/message-bus.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { TenantLimiter } from '../core/ports/tenant-limiter.js';
import { noUsage, type UsageMeter } from '../core/ports/usage-meter.js';
import { FairTurns } from '../lib/fair-turns.js';
import type { Clock } from '../lib/time/clock.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';
import type { LiveConfig } from './live-config.js';
import { LiveHub } from './live-hub.js';
import { liveLimits } from './live-limits.js';
import { ConditionCompiler } from './matching/condition-compiler.js';
import type { EncodeFrame } from './matching/event-dispatch.js';
import { FlowRules } from './publishing/flow-rules.js';
import { LivePublisher } from './publishing/live-publisher.js';
import { MemoryEventStream } from './streams/memory-event-stream.js';
import { RedisEventStream } from './streams/redis-event-stream.js';

export type { LiveHub } from './live-hub.js';
export { DEFAULT_LIVE_LIMITS } from './live-limits.js';
export type { LiveSession, LiveSink } from './session/live-session.js';

interface LiveDeps {
  bus: MessageBus;
  directory: LiveDirectory;
  limiter: TenantLimiter;
  /** Estimates the database's clock. */
  clock: Clock;
  /** Gives the node's own time. */
  timers?: Timers;
  /**
   * Names Redis by URLs, comma-separated, and the prefix of every key. Null: events are kept in this process.
   */
  redis: { url: string; prefix: string } | null;
  config: LiveConfig;
  encode: EncodeFrame;
  metrics: Metrics;
  /** Counts what tenants do. Default: nothing does. */
  usage?: UsageMeter;
  logger: Logger;
}

/** Holds the live topics of one process. */
export interface Live {
  /** False while its stream cannot take or give events. */
  readonly available: boolean;
  /** Serves the API. */
  api: LiveTopics;
  /** Serves the connections of a delivery node. */
  openHub(): LiveHub;
  /** Called after the hub was closed. */
  close(): Promise<void>;
}

/** Lets live topics take this long in one turn of the event loop, in milliseconds: messages go out between. */
const TURN_MS = 3;
/** Waits at most this long until a subscription on the bus is confirmed, in milliseconds. */
const CONFIRM_MS = 2000;

export function createLive(deps: LiveDeps): Live {
  const { bus, directory, limiter, redis, encode, metrics, usage = noUsage, logger } = deps;
  const { bounds, lookEveryMs } = deps.config;
  const limits = liveLimits(deps.config.limits);
  const { clock, timers = systemTimers } = deps;
  const now = () => timers.now();
  const stream: EventStream =
    redis === null ? new MemoryEventStream(clock, bounds) : new RedisEventStream({ ...redis, clock, bounds, logger });
  const turns = new FairTurns(now, TURN_MS);
  const conditions = new ConditionCompiler({ limits, turns, now });
  const rules = new FlowRules(directory, now, logger);
  const events = new LivePublisher({
    bus,
    stream,
    rules,
    limiter,
    limits,
    now,
    onPublished: (tenantId, count) => {
      metrics.liveEventsPublished.inc(count);
      usage.count(tenantId, 'liveEvents', count);
    },
  });
  return {
    get available() {
      return stream.available;
    },
    api: {
      directory,
      events,
      checkCondition: async (tenantId, field, text) => {
        await conditions.compile(tenantId, null, field, text);
      },
      rulesChanged: (tenantId) => rules.forget(tenantId),
    },
    openHub() {
      const hub = new LiveHub({
        services: { directory, publisher: events, limiter, encode, conditions, turns, limits, logger, metrics, timers },
        stream,
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
