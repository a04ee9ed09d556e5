import type pg from 'pg';
import { afterArrivals } from '../../lib/time/after-arrivals.js';
import type { DatabaseAvailability } from './database-availability.js';
import type { DirectConnections } from './direct-connections.js';
import { isUnprepared, StatementTimeout } from './sql-errors.js';

/** A statement that may take longer than this says nothing of the server by having no answer yet. */
const SOON_MS = 5_000;
/** Looks this often whether the database is silent while such a statement is under way, in milliseconds. */
const LOOK_MS = 250;
/** Leaves the server's own time limit, where a transaction has one, this many milliseconds to come first. */
const GRACE_MS = 200;

interface Statement {
  text: string;
  values: readonly unknown[] | undefined;
  name: string | undefined;
}

/** Runs statements on a connection, each with a time limit on this side. */
export class StatementExecutor {
  constructor(
    private readonly availability: DatabaseAvailability,
    private readonly direct: DirectConnections,
  ) {}

  /**
   * Runs one statement. Throws StatementTimeout if the answer does not come in time, or while the database is silent.
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
      const isSilent = isSoon ? null : () => this.availability.silent;
      const rows = await answerOf<Row>(client, { text, values, name }, timeoutMs, isSilent);
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
  { text, values, name }: Statement,
  timeoutMs: number,
  isSilent: (() => boolean) | null,
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const giveUp = (reason: string) => {
      stop();
      reject(new StatementTimeout(reason));
    };
    const timer = setTimeout(() => afterArrivals(() => giveUp(`no answer within ${timeoutMs} ms`)), timeoutMs + GRACE_MS);
    const look = () => {
      if (isSilent?.()) giveUp('the database is silent');
    };
    const watch = isSilent === null ? undefined : setInterval(() => afterArrivals(look), LOOK_MS);
    const stop = () => {
      clearTimeout(timer);
      clearInterval(watch);
    };
    const query: pg.QueryConfig = { text };
    if (values !== undefined) query.values = [...values];
    if (name !== undefined) query.name = name;
    void client.query<Row>(query, (error, result) => {
      stop();
      if (error) reject(error);
      else resolve(result.rows);
    });
  });
}
