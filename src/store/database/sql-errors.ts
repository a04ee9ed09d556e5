import { DatabaseError } from 'pg';
import { type Outcome, TidingsError, unavailable } from '../../core/domain/errors.js';

/**
 * How far a statement had come when it failed: `acquire`, no connection had it yet; `open`, inside a transaction that the server rolls
 * back; `final`, its success would have been the commit, so a broken connection leaves the outcome open.
 */
export type Phase = 'acquire' | 'open' | 'final';

/** A statement got no answer within its time on this side. Its connection cannot be used any more. */
export class StatementTimeout extends Error {
  override readonly name = 'StatementTimeout';
}

/** SQLSTATE, if the server answered with an error. */
export const sqlState = (error: unknown): string | undefined => (error instanceof DatabaseError ? error.code : undefined);

/** Deadlock or serialization failure: the same again may succeed. */
export const isRetryable = (error: unknown): boolean => ['40P01', '40001'].includes(sqlState(error) ?? '');

/** The server cannot write: a standby, or a primary that was demoted. */
export const isReadOnly = (error: unknown): boolean => sqlState(error) === '25006';

/** The prepared statement is not there, or one of its name is that should not be: another process of the server's has it. */
export const isUnprepared = (error: unknown): boolean => ['26000', '42P05'].includes(sqlState(error) ?? '');

// 08: connection, also PgBouncer's words. 53: no disk, memory or connections left. 57: shutting down, starting, cancelled by a timeout.
// 58: I/O error.
const AWAY_CLASSES = ['08', '53', '57', '58'];
// 55P03: a lock was not to be had in time.
const AWAY_STATES = ['25006', '55P03', '25P03', '25P04'];

/** The server, a proxy before it, or the way there; not the statement. */
function isAway(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return true;
  return AWAY_CLASSES.includes(state.slice(0, 2)) || AWAY_STATES.includes(state);
}

/** Whether the connection is of no use after this error. */
export function breaksConnection(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return true;
  return error.severity === 'FATAL' || error.severity === 'PANIC' || isReadOnly(error) || (error.code ?? '').startsWith('08');
}

/**
 * What the database's failure means to a caller. An ERROR that the server itself reports has undone the statement; FATAL may come while
 * a commit waits for a replica, and a broken connection says nothing at all.
 */
export function toTidingsError(error: unknown, phase: Phase): unknown {
  if (error instanceof TidingsError || !isAway(error)) return error;
  const undone = phase !== 'final' || (error instanceof DatabaseError && error.severity === 'ERROR');
  const outcome: Outcome = undone ? 'NOT_ACCEPTED' : 'UNKNOWN';
  return unavailable('The database is away.', outcome, error);
}

/** The refusal of a call that waited in vain for something that writes nothing: it may be repeated. */
export const databaseIsSilent = () => unavailable('The database does not answer.');
