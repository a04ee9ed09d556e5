import { silentLogger } from '../../src/core/logger.js';
import { noMetrics } from '../../src/core/metrics.js';
import { Database } from '../../src/store/database.js';

/** Explains each statement before it runs. */
export class ExplainingDatabase extends Database {
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
