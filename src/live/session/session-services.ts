import type { EventStream } from '../../core/ports/event-stream.js';
import type { Logger } from '../../core/ports/logger.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import type { Timers } from '../../lib/time/timers.js';
import type { CommandLimits, CommandServices } from '../commands/command-context.js';
import type { ConditionCompiler } from '../matching/condition-compiler.js';
import type { EncodeFrame } from '../matching/event-dispatch.js';
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
  stream: EventStream;
  encode: EncodeFrame;
  conditions: ConditionCompiler;
  /** Lets tenants take turns with work of some milliseconds. */
  turns: FairTurns;
  limits: SessionLimits;
  logger: Logger;
  timers: Timers;
}
