export {
  BadUserInputError,
  ConnectionError,
  ForbiddenError,
  GoneError,
  IdempotencyConflictError,
  InternalServerError,
  type Outcome,
  PositionExpiredError,
  QuotaExceededError,
  RateLimitedError,
  ServiceUnavailableError,
  TidingsError,
  UnauthenticatedError,
} from './call-errors.js';
export { VERSION } from './generated/operations.js';
export type * from './generated/types.js';
export type { Pages } from './item-pages.js';
export type { Retry } from './retry.js';
export type { CallOptions } from './sdk-operation.js';
export { Tidings, type TidingsOptions } from './tidings.js';
export type { Fetch } from './transport.js';
export {
  type VerifyOptions,
  verifyWebhook,
  type WebhookBatch,
  type WebhookEvent,
  type WebhookHeaders,
  type WebhookMessage,
  type WebhookPayload,
  type WebhookTest,
  WebhookVerificationError,
} from './verify-webhook.js';
