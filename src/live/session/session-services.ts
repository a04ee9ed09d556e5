import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import type { Timers } from '../../lib/time/timers.js';
import type { CommandLimits, CommandServices } from '../commands/command-context.js';
import type { StreamReader } from '../feed/stream-reader.js';
import type { ConditionCompiler } from '../matching/condition-compiler.js';
import type { EncodeFrame } from '../matching/event-dispatch.js';
import type { SharedDispatches } from '../matching/shared-dispatches.js';
import type { QueueLimits } from './command-queue.js';

export interface SessionLimits extends CommandLimits, QueueLimits {
  /** Bounds the events that one connection publishes at once, after a pause. */
  publishesBurst: number;
  /** Bounds the bytes that wait for a connection; what follows beyond that waits in the stream. */
  bufferedBytes: number;
  /** Lets a reader go that takes longer than this for what waits, in milliseconds. */
  slowMs: number;
}

/** Holds what all sessions of a node share. */
export interface SessionServices extends CommandServices {
  reader: StreamReader;
  dispatches: SharedDispatches;
  encode: EncodeFrame;
  conditions: ConditionCompiler;
  /** Lets tenants take turns with work of some milliseconds. */
  turns: FairTurns;
  limits: SessionLimits;
  logger: Logger;
  metrics: Pick<Metrics, 'liveRefused'>;
  timers: Timers;
}
