import { afterAll, beforeAll } from '@jest/globals';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { Database, type StatementOptions, type Transaction, type TransactionOptions } from '../../src/store/database/database.js';
import type { RunStatement } from '../../src/store/database/run-statement.js';
import { createDatabase, type TestDatabase } from '../support/index.js';

/** Explains each statement before it runs it. */
class ExplainingDatabase extends Database {
  /** Plans of all statements so far. */
  plan = '';
  /** Values of the setting `jit` that statements of transactions have met. */
  readonly jit = new Set<string>();

  constructor(databaseUrl: string) {
    super({ databaseUrl, poolMax: 1, metrics: noMetrics, logger: silentLogger });
  }

  override query<Row extends object>(text: string, values: readonly unknown[], options: StatementOptions): Promise<Row[]> {
    return this.#explaining((sql, parameters) => super.query(sql, parameters, { work: options.work }))<Row>(text, values);
  }

  override transaction<T>(work: (transaction: Transaction) => Promise<T>, options: TransactionOptions): Promise<T> {
    return super.transaction(({ query }) => {
      const explaining = this.#explaining(query);
      return work({
        query: async (text, values) => {
          const [setting] = await query<{ jit: string }>(`SELECT current_setting('jit') AS jit`, []);
          this.jit.add(setting?.jit ?? '');
          return explaining(text, values);
        },
      });
    }, options);
  }

  #explaining(run: RunStatement): RunStatement {
    return async (text, values) => {
      const lines = await run<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      this.plan += lines.map((line) => line['QUERY PLAN']).join('\n');
      return run(text, values);
    };
  }
}

/** Opens one explaining database for all tests of a file. */
export function explainingDatabase(): () => ExplainingDatabase {
  let server: TestDatabase;
  let database: ExplainingDatabase;
  beforeAll(async () => {
    server = await createDatabase();
    database = new ExplainingDatabase(server.url);
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });
  return () => database;
}
