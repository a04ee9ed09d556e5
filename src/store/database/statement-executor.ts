import type pg from 'pg';
import { afterArrivals } from '../../lib/time/after-arrivals.js';
import type { DatabaseAvailability } from './database-availability.js';
import type { DirectConnections } from './direct-connections.js';
import { isUnprepared, StatementTimeout } from './sql-errors.js';

/** A statement that may take longer than this says nothing of the server by having no answer yet. */
const SOON_MS = 5_000;
/** Leaves the server's own time limit, where a transaction has one, this many milliseconds to come first. */
const GRACE_MS = 200;

/** Runs statements on a connection, each with a time limit on this side. */
export class StatementExecutor {
  constructor(
    private readonly availability: DatabaseAvailability,
    private readonly direct: DirectConnections,
  ) {}

  /**
   * Runs one statement. Throws StatementTimeout if the answer does not come in time.
   *
   * @param values undefined for the simple protocol, which takes several statements at once
   * @param name under which the statement is prepared
   */
  async run<Row extends object>(
    client: pg.PoolClient,
    text: string,
    values: readonly unknown[] | undefined,
    timeoutMs: number,
    name?: string,
  ): Promise<Row[]> {
    const isSoon = timeoutMs <= SOON_MS;
    if (isSoon) this.availability.begin();
    try {
      const rows = await answerOf<Row>(client, text, values, timeoutMs, name);
      this.availability.answered();
      return rows;
    } finally {
      if (isSoon) this.availability.end();
    }
  }

  /**
   * Runs a statement prepared, if it has a name and the connection is direct.
   *
   * Reading and planning a small statement takes the server longer than carrying it out.
   */
  async runPrepared<Row extends object>(
    client: pg.PoolClient,
    name: string | undefined,
    text: string,
    values: readonly unknown[],
    timeoutMs: number,
  ): Promise<Row[]> {
    if (name === undefined || !this.direct.has(client)) return this.run(client, text, values, timeoutMs);
    if (this.direct.plansAreOld(client)) await this.run(client, 'DISCARD PLANS', undefined, timeoutMs);
    try {
      return await this.run(client, text, values, timeoutMs, name);
    } catch (error) {
      // Nothing of the statement was carried out.
      if (!isUnprepared(error)) throw error;
      this.direct.forget(client);
      return this.run(client, text, values, timeoutMs);
    }
  }
}

/**
 * Asks by callback: with promises of pg's own, V8 comes to make rows old from the start, and young
 * collections keep what they hold. See docs/design/memory.md.
 */
function answerOf<Row extends object>(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[] | undefined,
  timeoutMs: number,
  name?: string,
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new StatementTimeout(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(() => afterArrivals(late), timeoutMs + GRACE_MS);
    const query: pg.QueryConfig = { text };
    if (values !== undefined) query.values = [...values];
    if (name !== undefined) query.name = name;
    void client.query<Row>(query, (error, result) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(result.rows);
    });
  });
}
