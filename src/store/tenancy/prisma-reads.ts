import { TidingsError, unavailable } from '../../core/domain/errors.js';
import type { PrismaClient } from '../../generated/prisma/client.js';
import type { Database } from '../database/database.js';
import type { Work } from '../sharing/work.js';

// P1000 to P1017: the connection or the server. P2024: no connection of the pool in time.
// P2028, P2034: a transaction that could not begin, or collided.
const AWAY = /^P10\d\d$|^P2024$|^P2028$|^P2034$/;
const AWAY_REASON = /timeout exceeded|connect|terminat|read-only|ECONN|EPIPE|ENOENT|the database system is/i;

const load = async () => ({ ...(await import('../../generated/prisma/client.js')), ...(await import('@prisma/adapter-pg')) });

/**
 * Reads by Prisma, on connections of the pool. It is loaded with the first question: only operators' commands ask, and
 * nodes start sooner without. What changes something is a transaction of `AuditLog`.
 */
export class PrismaReads {
  #opened: Promise<{ client: PrismaClient; isAway(error: unknown): boolean }> | null = null;

  constructor(private readonly database: Pick<Database, 'during' | 'pool'>) {}

  /** Asks in the turn of this work. Throws SERVICE_UNAVAILABLE if the database is busy, or away. */
  async read<T>(work: Work, question: (client: PrismaClient) => Promise<T>): Promise<T> {
    this.#opened ??= open(this.database);
    const { client, isAway } = await this.#opened;
    try {
      return await this.database.during(work, () => question(client));
    } catch (error) {
      if (error instanceof TidingsError || !isAway(error)) throw error;
      throw unavailable('The database is away.', 'NOT_ACCEPTED', error);
    }
  }

  async close(): Promise<void> {
    await (await this.#opened)?.client.$disconnect();
  }
}

async function open({ pool }: Pick<Database, 'pool'>) {
  const { Prisma, PrismaClient, PrismaPg } = await load();
  const ours = [Prisma.PrismaClientValidationError, TypeError, RangeError];
  return {
    client: new PrismaClient({ adapter: new PrismaPg(pool) }),
    isAway(error: unknown): boolean {
      if (error instanceof Prisma.PrismaClientInitializationError) return true;
      // A wrong question of our own quotes words that look like a lost connection, such as `connect`.
      if (ours.some((kind) => error instanceof kind)) return false;
      if (error instanceof Prisma.PrismaClientKnownRequestError && AWAY.test(error.code)) return true;
      return error instanceof Error && AWAY_REASON.test(error.message);
    },
  };
}
