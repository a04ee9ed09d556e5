import type { DebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import type { Kept } from '../../lib/byte-rooms.js';
import type { JsonPieces } from '../../lib/json/json-pieces.js';
import type { AnswerRooms } from '../answers/answer-rooms.js';
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
  /** Bounds the answers that are kept for each tenant; what the request keeps there. */
  answerRooms: AnswerRooms;
  answerRoom: Promise<Kept> | null;
  /** Is set where the answer is long: Apollo answers with nothing then. */
  longAnswer: JsonPieces | null;
  limiter: Pick<TenantLimiter, 'charge'>;
  logger: Logger;
  debug: DebugLog;
}
