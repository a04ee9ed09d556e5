import type { Principal } from '../../core/domain/scope.js';
import type { Logger } from '../../core/ports/logger.js';
import type { ExecutionContext } from '../execution/executor.js';
import type { MediaType } from '../http/media-type.js';
import type { UseCases } from '../use-cases.js';
import type { AnswerBudget } from './answer-budget.js';

/** Context of a request, as resolvers get it. */
export interface ApiContext extends ExecutionContext {
  principal: Principal;
  /** Stands in the log line and in the answer of every unexpected fault. */
  requestId: string;
  /** Media type of the answer. */
  mediaType: MediaType;
  useCases: UseCases;
  answer: AnswerBudget;
  logger: Logger;
}
