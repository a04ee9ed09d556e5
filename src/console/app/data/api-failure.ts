/**
 * Why a question was not answered. `refused`: we said no to what was asked; `gone`: it asks for what is no longer
 * kept; `fault`: something unexpected; `unreachable`: no answer came.
 */
export type FailureKind = 'unauthenticated' | 'forbidden' | 'busy' | 'away' | 'unreachable' | 'refused' | 'gone' | 'fault';

interface FailureFacts {
  readonly code?: string | undefined;
  /** The answer's `x-request-id`: the operator's log has it. */
  readonly requestId?: string | null;
  /** Ask again after so long, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Reports that a question was not answered. `message` is what the API said, if it said anything. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly facts: FailureFacts = {},
  ) {
    super(message);
  }
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  UNAUTHENTICATED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  POSITION_EXPIRED: 'gone',
  RATE_LIMITED: 'busy',
  SERVICE_UNAVAILABLE: 'away',
  INTERNAL_SERVER_ERROR: 'fault',
};

const BY_STATUS: Readonly<Record<number, FailureKind>> = {
  401: 'unauthenticated',
  429: 'busy',
  502: 'away',
  503: 'away',
  504: 'away',
};

/** Sorts a failure by its code, else by the answer's HTTP status. */
export function failureKind(code: string | undefined, status: number): FailureKind {
  if (code !== undefined && KINDS[code]) return KINDS[code];
  return BY_STATUS[status] ?? (status >= 500 ? 'fault' : 'refused');
}

/** Whether the same question may be answered in a moment. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiFailure && (error.kind === 'busy' || error.kind === 'away' || error.kind === 'unreachable');
