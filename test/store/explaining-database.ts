import { afterAll, beforeAll } from '@jest/globals';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { Database } from '../../src/store/database/database.js';
import { createDatabase, type TestDatabase } from '../support/index.js';

/** Explains each statement before it runs. */
class ExplainingDatabase extends Database {
  plan = '';

  constructor(databaseUrl: string) {
    super({ databaseUrl, poolMax: 1, metrics: noMetrics, logger: silentLogger });
  }

  override async query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const lines = await super.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
    this.plan += lines.map((line) => line['QUERY PLAN']).join('\n');
    return super.query<Row>(text, values);
  }
}

/** One for all tests of a file. */
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
