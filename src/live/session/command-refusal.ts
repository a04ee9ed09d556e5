import { TidingsError } from '../../core/domain/errors.js';
import {
  type CommandRefusal,
  MalformedFrame,
  type ProtocolTranslator,
  type RequestTag,
} from '../../core/domain/live/protocol-translator.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';

/**
 * Puts an error into the words of an error frame. What nobody expected is logged, and the client learns
 * nothing of it.
 */
export function refusalOf(error: unknown, logger: Logger, context: object): CommandRefusal {
  if (error instanceof MalformedFrame) return { code: 'BAD_USER_INPUT', message: error.message };
  if (error instanceof TidingsError) return { code: error.code, message: error.message };
  logger.error({ err: error, ...context }, 'a live command failed');
  return { code: 'INTERNAL_SERVER_ERROR', message: 'an unexpected fault' };
}

/**
 * Returns the frame that tells of a refusal; null if the protocol has none. Limits that were met are
 * counted.
 */
export function refusalFrame(
  refusal: CommandRefusal,
  tag: RequestTag,
  translator: ProtocolTranslator,
  { liveRefused }: Pick<Metrics, 'liveRefused'>,
): string | null {
  if (refusal.code === 'RATE_LIMITED' || refusal.code === 'QUOTA_EXCEEDED') liveRefused[refusal.code].inc();
  return translator.refused(tag, refusal);
}
