import type { Principal } from '../../core/domain/scope.js';
import type { Logger } from '../../core/ports/logger.js';
import type { ExecutionContext } from '../execution/executor.js';
import type { MediaType } from '../http/media-type.js';
import type { UseCases } from '../use-cases.js';

/** What a resolver gets of its request. */
export interface ApiContext extends ExecutionContext {
  principal: Principal;
  /** In the log and in the answer of every unexpected fault. */
  requestId: string;
  /** Of the answer. */
  mediaType: MediaType;
  useCases: UseCases;
  logger: Logger;
}
