import { TidingsError, unavailable } from '../../core/domain/errors.js';
import { Prisma } from '../../generated/prisma/client.js';
import type { Database } from '../database/database.js';
import type { Work } from '../sharing/work.js';

// P1000 to P1017: the connection or the server. P2024: no connection of the pool in time.
// P2028, P2034: a transaction that could not begin, or collided.
const AWAY = /^P10\d\d$|^P2024$|^P2028$|^P2034$/;
const AWAY_REASON = /timeout exceeded|connect|terminat|read-only|ECONN|EPIPE|ENOENT|the database system is/i;
const OURS = [Prisma.PrismaClientValidationError, TypeError, RangeError];

/** Says in whose turn Prisma takes a connection of the pool. */
interface Turn {
  database: Pick<Database, 'during'>;
  work: Work;
}

/**
 * Reads by Prisma in its turn. Throws SERVICE_UNAVAILABLE if the database is busy, or away. What changes
 * something is a transaction
 * of `AuditLog`.
 */
export async function readByPrisma<T>({ database, work }: Turn, question: () => Promise<T>): Promise<T> {
  try {
    return await database.during(work, question);
  } catch (error) {
    if (error instanceof TidingsError || !isAway(error)) throw error;
    throw unavailable('The database is away.', 'NOT_ACCEPTED', error);
  }
}

function isAway(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  // A wrong question of our own quotes words that look like a lost connection, such as `connect`.
  if (OURS.some((kind) => error instanceof kind)) return false;
  if (error instanceof Prisma.PrismaClientKnownRequestError && AWAY.test(error.code)) return true;
  return error instanceof Error && AWAY_REASON.test(error.message);
}
