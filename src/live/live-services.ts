import type { EventStream } from '../core/ports/event-stream.js';
import type { LiveDirectory } from '../core/ports/live-directory.js';
import type { Logger } from '../core/ports/logger.js';
import type { LiveLimits } from './live-limits.js';
import type { EncodeFrame } from './matching/event-dispatch.js';
import type { LivePublisher } from './publishing/live-publisher.js';

/** What sessions work with. */
export interface LiveServices {
  stream: EventStream;
  directory: LiveDirectory;
  publisher: LivePublisher;
  encode: EncodeFrame;
  limits: LiveLimits;
  logger: Logger;
  /** Milliseconds of a clock that only grows. */
  now(): number;
}
