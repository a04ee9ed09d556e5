import type { DebugFields, DebugLog } from '../core/ports/debug-log.js';
import type { Logger } from '../core/ports/logger.js';
import type { RecipientNames } from '../core/ports/recipient-names.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';

/** Writes at most this many lines in a second. */
const MAX_LINES = 100;
const SECOND_MS = 1_000;

interface DebugLogOptions {
  /** Level of the log. */
  level: string;
  logger: Pick<Logger, 'debug'>;
  names: RecipientNames;
  /** True if recipients' names are written as they are. */
  inClear: boolean;
  timers?: Pick<Timers, 'now' | 'after'>;
}

/** Creates the log of single connections and calls. Beyond 100 lines a second it says how many it left out. */
export function createDebugLog(options: DebugLogOptions): DebugLog {
  const { level, logger, names, inClear, timers = systemTimers } = options;
  let since = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;

  function mayWrite(): boolean {
    const now = timers.now();
    if (now - since >= SECOND_MS) [since, written] = [now, 0];
    if (written < MAX_LINES) {
      written++;
      return true;
    }
    if (leftOut++ === 0) timers.after(since + SECOND_MS - now, tellLeftOut);
    return false;
  }

  function tellLeftOut(): void {
    logger.debug({ leftOut }, 'lines left out');
    leftOut = 0;
  }

  async function write(message: string, { recipient, ...fields }: DebugFields): Promise<void> {
    const { tenant } = fields;
    // A name that is no tenant's has no key.
    if (recipient === undefined || recipient === null || !tenant) return logger.debug(fields, message);
    const shown = inClear ? recipient : await names.recipientHmac(tenant, recipient).catch(() => undefined);
    logger.debug(shown === undefined ? fields : { ...fields, recipient: shown }, message);
  }

  return {
    enabled: level === 'debug' || level === 'trace',
    line(message, fields) {
      if (mayWrite()) void write(message, fields);
    },
  };
}
