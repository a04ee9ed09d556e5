/** What is known of a call that failed. */
export interface ErrorFacts {
  code: string;
  message: string;
  /** Root field that was called; null where the service was not asked for one. */
  operation?: string | null;
  /** HTTP status of the answer; null if there was none. */
  status?: number | null;
  /** Names the request in the service's log. */
  requestId?: string | null;
  /** What the service said beside the message. */
  extensions?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** A call that failed. Each code has a class of its own; other codes, GraphQL's own among them, are this one. */
export class TidingsError extends Error {
  override readonly name: string = 'TidingsError';
  /** Says what went wrong, such as `BAD_USER_INPUT`. */
  readonly code: string;
  /** Path of the input that is wrong, such as `input.expiresAt`; null if it is no single one. */
  readonly field: string | null;
  readonly operation: string | null;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(facts: ErrorFacts) {
    super(facts.message, { cause: facts.cause });
    const { extensions = {} } = facts;
    this.code = facts.code;
    this.field = textOf(extensions.field);
    this.operation = facts.operation ?? null;
    this.status = facts.status ?? null;
    this.requestId = textOf(extensions.requestId) ?? facts.requestId ?? null;
    this.extensions = extensions;
  }
}

/** The API key is missing, unknown, expired or revoked. */
export class UnauthenticatedError extends TidingsError {
  override readonly name = 'UnauthenticatedError';
}

/** The scope of the API key does not grant the operation. */
export class ForbiddenError extends TidingsError {
  override readonly name = 'ForbiddenError';
}

/** Something that was given is not acceptable: `field` says what. */
export class BadUserInputError extends TidingsError {
  override readonly name = 'BadUserInputError';
}

/** The idempotency key was used with other input before. */
export class IdempotencyConflictError extends TidingsError {
  override readonly name = 'IdempotencyConflictError';
}

/** The idempotency key is repeated, and its message is no longer there. */
export class GoneError extends TidingsError {
  override readonly name = 'GoneError';
}

/** There is no room for more of this. */
export class QuotaExceededError extends TidingsError {
  override readonly name = 'QuotaExceededError';
  /** How many there may be. */
  readonly limit = numberOf(this.extensions.limit);
  /** The tenant's limit that is reached, if it is one. */
  readonly policy = textOf(this.extensions.policy);
}

/** Too much in too short a time. */
export class RateLimitedError extends TidingsError {
  override readonly name = 'RateLimitedError';
  /** Seconds after which the call may be repeated. */
  readonly retryAfter = numberOf(this.extensions.retryAfter);
  /** The tenant's limit that is reached, if it is one. */
  readonly policy = textOf(this.extensions.policy);
  readonly limit = numberOf(this.extensions.limit);
}

/** The position in the feed of status events is no longer known. */
export class PositionExpiredError extends TidingsError {
  override readonly name = 'PositionExpiredError';
  /** The oldest position that is still there; what came before it is lost to this reader. */
  readonly oldest = textOf(this.extensions.oldest);
}

/** Whether a call that failed has taken place. */
export type Outcome = 'NOT_ACCEPTED' | 'UNKNOWN';

/** The service is there, and cannot do it now. */
export class ServiceUnavailableError extends TidingsError {
  override readonly name = 'ServiceUnavailableError';
  readonly outcome: Outcome = this.extensions.outcome === 'NOT_ACCEPTED' ? 'NOT_ACCEPTED' : 'UNKNOWN';
}

/** The service could not be reached, or did not answer: `CONNECTION_FAILED`, `TIMEOUT`. */
export class ConnectionError extends TidingsError {
  override readonly name = 'ConnectionError';
  readonly outcome: Outcome = this.extensions.outcome === 'NOT_ACCEPTED' ? 'NOT_ACCEPTED' : 'UNKNOWN';
}

/** A fault of the service; its log has `requestId`. */
export class InternalServerError extends TidingsError {
  override readonly name = 'InternalServerError';
}

const CLASSES: Readonly<Record<string, new (facts: ErrorFacts) => TidingsError>> = {
  UNAUTHENTICATED: UnauthenticatedError,
  FORBIDDEN: ForbiddenError,
  BAD_USER_INPUT: BadUserInputError,
  IDEMPOTENCY_CONFLICT: IdempotencyConflictError,
  GONE: GoneError,
  QUOTA_EXCEEDED: QuotaExceededError,
  RATE_LIMITED: RateLimitedError,
  POSITION_EXPIRED: PositionExpiredError,
  SERVICE_UNAVAILABLE: ServiceUnavailableError,
  CONNECTION_FAILED: ConnectionError,
  TIMEOUT: ConnectionError,
  INTERNAL_SERVER_ERROR: InternalServerError,
};

/** Makes the error of the class that belongs to its code. */
export function errorOf(facts: ErrorFacts): TidingsError {
  const Class = Object.hasOwn(CLASSES, facts.code) ? CLASSES[facts.code] : undefined;
  return new (Class ?? TidingsError)(facts);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
