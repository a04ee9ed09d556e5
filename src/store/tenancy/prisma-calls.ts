import { TidingsError, unavailable } from '../../core/domain/errors.js';
import { Prisma, type PrismaClient } from '../../generated/prisma/client.js';

// P1000 to P1017: the connection or the server. P2024: no connection of the pool in time.
// P2028, P2034: a transaction that could not begin, or collided.
const AWAY = /^P10\d\d$|^P2024$|^P2028$|^P2034$/;
const AWAY_REASON = /timeout exceeded|connect|terminat|read-only|ECONN|EPIPE|ENOENT|the database system is/i;
const OURS = [Prisma.PrismaClientValidationError, TypeError, RangeError];

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

/** Writes by Prisma, and returns once the write is on disk, whatever the server's default. */
export async function writeDurably<T>(prisma: PrismaClient, write: () => Prisma.PrismaPromise<T>): Promise<T> {
  return callPrisma('write', async () => {
    const [, result] = await prisma.$transaction([
      prisma.$queryRaw`SELECT set_config('synchronous_commit', 'on', true)`,
      write(),
    ]);
    return result;
  });
}

/** Calls Prisma. Throws SERVICE_UNAVAILABLE if the database is away. */
export async function callPrisma<T>(kind: 'read' | 'write', question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof TidingsError || isUniqueViolation(error) || !isAway(error)) throw error;
    throw unavailable('The database is away.', kind === 'write' ? 'UNKNOWN' : 'NOT_ACCEPTED', error);
  }
}

function isAway(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  // A wrong question of our own quotes words that look like a lost connection, such as `connect`.
  if (OURS.some((kind) => error instanceof kind)) return false;
  if (error instanceof Prisma.PrismaClientKnownRequestError && AWAY.test(error.code)) return true;
  return error instanceof Error && AWAY_REASON.test(error.message);
}
