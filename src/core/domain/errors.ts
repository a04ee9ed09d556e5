/** What can go wrong, as callers see it. `api/errors/graphql-errors.ts` puts these into GraphQL, `delivery/admission/refusal.ts` into handshakes and close codes. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'IDEMPOTENCY_CONFLICT'
  | 'QUOTA_EXCEEDED'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE';

/**
 * Whether a call that failed may have taken place: NOT_ACCEPTED means it surely did not; UNKNOWN means that the connection broke
 * while its commit was under way, or that an erasure failed after its first step.
 */
export type Outcome = 'NOT_ACCEPTED' | 'UNKNOWN';

interface ErrorDetails {
  /** Path of the input that is wrong, such as `input.expiresAt`. */
  field?: string;
  /** The quota that was reached. */
  limit?: number;
  /** Seconds after which to try again. */
  retryAfter?: number;
  outcome?: Outcome;
}

/** The one error class for what a caller did or must know. Anything else that is thrown is a fault of ours. */
export class TidingsError extends Error {
  override readonly name = 'TidingsError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const badInput = (field: string, message: string) => new TidingsError('BAD_USER_INPUT', message, { field });

export const unavailable = (message: string, outcome: Outcome = 'NOT_ACCEPTED', cause?: unknown) =>
  new TidingsError('SERVICE_UNAVAILABLE', message, { outcome }, { cause });
