import type { Policy } from './tenant-limits.js';

/**
 * Codes of errors as callers see them: in GraphQL by `api/errors/graphql-errors.ts`, in error frames of live
 * topics by `live/session/live-session.ts`. A refused handshake has codes of its own, those of `Refusal` in
 * `delivery/admission/refusal.ts`.
 */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'IDEMPOTENCY_CONFLICT'
  | 'GONE'
  | 'POSITION_EXPIRED'
  | 'QUOTA_EXCEEDED'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE';

/**
 * Tells whether a failed call may have taken place. NOT_ACCEPTED: it did not. UNKNOWN: the connection broke
 * during the commit, or an erasure failed after its first step.
 */
export type Outcome = 'NOT_ACCEPTED' | 'UNKNOWN';

interface ErrorDetails {
  /** Path of the wrong input, such as `input.expiresAt`. */
  field?: string;
  /** Limit of the tenant that was reached. */
  policy?: Policy;
  /** Position of the feed of status events behind which everything that is kept begins. */
  oldest?: string;
  /** Quota that was reached. */
  limit?: number;
  /** Seconds to wait before another try. */
  retryAfter?: number;
  outcome?: Outcome;
}

/** Error that a caller caused or must know of. Every other error is a fault of the service. */
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
