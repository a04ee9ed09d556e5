import type { DebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import type { AnswerPlace } from '../answers/answer-place.js';
import type { AuditContext } from '../audit/audit-trail.js';
import type { ExecutionContext } from '../execution/executor.js';
import type { MediaType } from '../http/media-type.js';
import type { SubscribingContext } from '../sse/subscription-operation.js';
import type { UseCases } from '../use-cases.js';
import type { AnswerBudget } from './answer-budget.js';

/** Context of a request, as resolvers get it. */
export interface ApiContext extends ExecutionContext, AuditContext, SubscribingContext {
  /** Media type of the answer. */
  mediaType: MediaType;
  useCases: UseCases;
  answer: AnswerBudget;
  place: AnswerPlace;
  limiter: Pick<TenantLimiter, 'charge'>;
  logger: Logger;
  debug: DebugLog;
}
