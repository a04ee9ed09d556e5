import type { LiveDirectory } from '../core/live/directory.js';
import type { EventStream } from '../core/live/event-stream.js';
import type { Logger } from '../core/logger.js';
import type { EncodeFrame } from './frames.js';
import type { LiveLimits } from './limits.js';
import type { LivePublisher } from './publisher.js';

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
