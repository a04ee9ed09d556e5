import type { Config } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { createLogger } from '../observability/pino-logger.js';

const STANDARD_ERROR = 2;

/** Opens the log. Commands whose standard output is data log to standard error, and only errors unless more was asked for. */
export function openLog({ role, log: { level } }: Config): Logger {
  if (role !== 'command') return createLogger({ level });
  return createLogger({ level: level === 'info' ? 'error' : level, fd: STANDARD_ERROR });
}
