import type { Config } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { createPinoLogger } from '../observability/pino-logger.js';

const STANDARD_ERROR = 2;

/** Opens the log. Commands, whose standard output is data, log to standard error: errors, or as asked for. */
export function openLog({ role, log: { level } }: Config): Logger {
  if (role !== 'command') return createPinoLogger({ level });
  return createPinoLogger({ level: level === 'info' ? 'error' : level, fd: STANDARD_ERROR });
}
