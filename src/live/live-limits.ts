import { EVENTS_PER_CALL } from '../core/domain/live/live-event.js';
import type { CompileLimits } from './matching/condition-compiler.js';
import type { PublisherLimits } from './publishing/live-publisher.js';
import type { SessionLimits } from './session/session-services.js';

/** Bounds what one connection, and one tenant, may ask of live topics. */
export interface LiveLimits extends SessionLimits, PublisherLimits, CompileLimits {
  /** Bounds the paths in `fields`. */
  fields: number;
  /** Bounds the characters of each. */
  fieldChars: number;
}

export const DEFAULT_LIVE_LIMITS: LiveLimits = {
  subscriptionsPerConnection: 256,
  patternsPerCommand: 100,
  typesPerSubscription: 16,
  conditionsPerConnection: 32,
  whereBytes: 4096,
  whereAttributes: 16,
  fields: 64,
  fieldChars: 256,
  commandsPerSecond: 100,
  commandsBurst: 500,
  waitingCommands: 500,
  waitingChars: 1024 * 1024,
  subscriptionBytes: 512 * 1024,
  publishesPerSecond: 10,
  publishesBurst: 50,
  eventsPerSecond: 10_000,
  eventsBurst: 20_000,
  compileMsPerTenantSecond: 250,
  compileMsPerTenantBurst: 1000,
  compileMsPerSecond: 25,
  compileMsBurst: 250,
  bufferedBytes: 1024 * 1024,
  slowMs: 5000,
};

/** Names the limits that an operator sets; the others follow from them or are fixed. */
export type LiveLimitSettings = Pick<
  LiveLimits,
  | 'subscriptionsPerConnection'
  | 'patternsPerCommand'
  | 'whereBytes'
  | 'commandsPerSecond'
  | 'publishesPerSecond'
  | 'eventsPerSecond'
  | 'bufferedBytes'
>;

/** Allows the commands, and the published events, of so many seconds at once. */
const BURST_S = 5;

/** Completes an operator's settings: bursts follow from rates, what is not set keeps its default. */
export function liveLimits(settings: LiveLimitSettings): LiveLimits {
  const { commandsPerSecond, publishesPerSecond, eventsPerSecond } = settings;
  return {
    ...DEFAULT_LIVE_LIMITS,
    ...settings,
    commandsBurst: BURST_S * commandsPerSecond,
    waitingCommands: BURST_S * commandsPerSecond,
    publishesBurst: BURST_S * publishesPerSecond,
    // A call with as many events as it may have would otherwise never fit.
    eventsBurst: Math.max(2 * eventsPerSecond, EVENTS_PER_CALL),
  };
}
