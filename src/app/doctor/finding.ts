/**
 * What became of a check. `wrong`: here is something to do. `not-checked`: it could have been checked, had
 * something been given or been there. `left-out`: nobody asked for it, or this installation has no such part.
 */
export type Outcome = 'ok' | 'wrong' | 'not-checked' | 'left-out';

/** What a check has found. */
export interface Finding {
  /** Name of the check, which stays the same from version to version. */
  readonly check: string;
  readonly outcome: Outcome;
  /** What was seen, in a line. */
  readonly said: string;
  /** What to do about it; null where there is nothing to do. */
  readonly remedy: string | null;
}

export const ok = (check: string, said: string): Finding => ({ check, outcome: 'ok', said, remedy: null });
export const wrong = (check: string, said: string, remedy: string): Finding => ({ check, outcome: 'wrong', said, remedy });
export const notChecked = (check: string, said: string, remedy: string): Finding => ({
  check,
  outcome: 'not-checked',
  said,
  remedy,
});
export const leftOut = (check: string, said: string): Finding => ({ check, outcome: 'left-out', said, remedy: null });

/** One line of what went wrong, without a password that a URL in it may have. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  const text = cause instanceof Error ? `${message}: ${reasonOf(cause)}` : message || String(error);
  return text.replace(/\s*\n\s*/g, ' ').replace(/(:\/\/[^\s:/@]*):[^\s@/]+@/g, '$1:***@');
}
