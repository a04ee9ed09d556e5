import { TidingsError } from './errors.js';

/**
 * What became of an operation. DONE: it took place. REFUSED: we said no. FAILED: we could not. UNKNOWN: the
 * connection broke during the commit, or an operation of several steps has begun and not ended.
 */
export type AuditOutcome = 'DONE' | 'REFUSED' | 'FAILED' | 'UNKNOWN';

/** What an operation touches. Never texts of messages, tokens or keys. */
export interface AuditSubject {
  /** Name of a recipient. Stored as its HMAC alone. */
  readonly recipient?: string | null | undefined;
  /** Names and ids by their kinds, such as `topic`. */
  readonly names?: Readonly<Record<string, string | readonly string[] | null | undefined>>;
}

/** Who asks for an audited operation, and what it touches. */
export interface AuditedCall {
  /** Null until the operation has found its tenant. */
  tenantId: string | null;
  apiKeyId: string | null;
  keyPrefix: string | null;
  keyName: string | null;
  operation: string;
  subject: AuditSubject;
  address: string | null;
  requestId: string | null;
  /** True if it is done in several transactions. */
  severalSteps: boolean;
}

/**
 * The entry of a call under way. Whoever changes something for the call writes it in the same transaction.
 */
export interface AuditNote extends AuditedCall {
  readonly id: string;
  /**
   * `begun`: written as UNKNOWN with the first of several steps. `done`: written, and the operation took
   * place.
   */
  state: 'open' | 'begun' | 'done';
}

/** A written entry, as it is answered. */
export interface AuditEntry extends Omit<AuditedCall, 'subject' | 'severalSteps' | 'tenantId'> {
  id: string;
  tenantId: string;
  at: Date;
  subject: string | null;
  outcome: AuditOutcome;
  code: string | null;
}

/** Tells what became of a call that threw, and the code of its error. */
export function outcomeOf(error: unknown, { state }: AuditNote): { outcome: AuditOutcome; code: string } {
  const known = error instanceof TidingsError ? error : null;
  const code = known?.code ?? 'INTERNAL_SERVER_ERROR';
  // A part of it took place.
  if (state === 'begun' || known?.details.outcome === 'UNKNOWN') return { outcome: 'UNKNOWN', code };
  return { outcome: known === null || code === 'SERVICE_UNAVAILABLE' ? 'FAILED' : 'REFUSED', code };
}
