import { DatabaseError } from 'pg';
import { type Outcome, TidingsError, unavailable } from '../../core/domain/errors.js';

/**
 * Names how far a statement had come when it failed.
 *
 * - `acquire`: it had no connection yet.
 * - `open`: it was inside a transaction, which the server rolls back.
 * - `final`: its success would have been the commit, so a broken connection leaves the outcome open.
 */
export type Phase = 'acquire' | 'open' | 'final';

/**
 * Thrown when no answer came within the time limit of this side.
 *
 * The connection cannot be used any more.
 */
export class StatementTimeout extends Error {
  override readonly name = 'StatementTimeout';
}

/** Returns the SQLSTATE if the server answered with an error. */
export const sqlState = (error: unknown): string | undefined => (error instanceof DatabaseError ? error.code : undefined);

/** Tells a deadlock or serialization failure: the same again may succeed. */
export const isRetryable = (error: unknown): boolean => ['40P01', '40001'].includes(sqlState(error) ?? '');

/** Tells that the server cannot write: it is a standby, or a primary that was demoted. */
export const isReadOnly = (error: unknown): boolean => sqlState(error) === '25006';

/**
 * Tells that the prepared statement is in another process of the server: missing here, or unexpectedly there.
 */
export const isUnprepared = (error: unknown): boolean => ['26000', '42P05'].includes(sqlState(error) ?? '');

// 08: connection, also in PgBouncer's words. 53: no disk, memory or connections left.
// 57: shutting down, starting, cancelled by a timeout. 58: I/O error.
const AWAY_CLASSES = ['08', '53', '57', '58'];
// 55P03: a lock was not obtained in time.
const AWAY_STATES = ['25006', '55P03', '25P03', '25P04'];
/** A lock or a statement's time was over: others are there, and take long. 57014: cancelled for its time. */
const BUSY_STATES = ['55P03', '57014'];

/** Words of pg for a connection that is gone, or on which it has lost its place. */
const LOST =
  /^Connection terminated|not queryable$|^Received unexpected .* message from backend|^the database server is read-only/;

/**
 * Tells that the way to the server broke, or that no answer came.
 *
 * Errors of the system and of TLS have a code that begins with an E. Whatever else has no SQLSTATE is a fault
 * of our own, such as an argument or an answer that pg cannot read, and says nothing of the server.
 */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof StatementTimeout || LOST.test(error.message)) return true;
  const { code, errno } = error as NodeJS.ErrnoException;
  return errno !== undefined || (typeof code === 'string' && /^E(?!RR_(?!SSL|TLS|STREAM|SOCKET))/.test(code));
}

/** Tells that the server, a proxy before it or the way there has failed, and not the statement. */
function isAway(error: unknown, phase: Phase): boolean {
  const state = sqlState(error);
  if (state === undefined) return phase === 'acquire' || isLost(error);
  return AWAY_CLASSES.includes(state.slice(0, 2)) || AWAY_STATES.includes(state);
}

/** Tells whether the connection is of no use after this error. */
export function breaksConnection(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return isLost(error);
  return error.severity === 'FATAL' || error.severity === 'PANIC' || isReadOnly(error) || (error.code ?? '').startsWith('08');
}

/**
 * Translates a failure of the database into what it means to a caller. Errors of the
 * statement itself stay as they are.
 *
 * An ERROR that the server reports has undone the statement. FATAL may come while a commit waits for a
 * replica, and a broken connection says nothing at all: the outcome of a `final` statement is then UNKNOWN.
 *
 * @param isSlow the statement alone got no answer in time: the database is busy, not away
 */
export function toTidingsError(error: unknown, phase: Phase, isSlow = false): unknown {
  if (error instanceof TidingsError || !isAway(error, phase)) return error;
  const undone = phase !== 'final' || (error instanceof DatabaseError && error.severity === 'ERROR');
  const outcome: Outcome = undone ? 'NOT_ACCEPTED' : 'UNKNOWN';
  const isBusy = isSlow || BUSY_STATES.includes(sqlState(error) ?? '');
  return unavailable(isBusy ? 'The database is busy: it took too long.' : 'The database is away.', outcome, error);
}

/** Refuses a call that waited in vain for something that writes nothing. It may be repeated. */
export const databaseIsSilent = () => unavailable('The database does not answer.');
