import { Pool } from 'pg';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import type { MessageQuery } from '../../src/core/message-store.js';
import { noMetrics } from '../../src/core/metrics.js';
import { Database } from '../../src/store/database.js';
import { MessageQueries } from '../../src/store/messages-query.js';
import { StatusRules } from '../../src/store/status.js';
import { post } from '../lib/caller-loops.js';
import { buffersOf, type Plan } from '../lib/explain.js';
import { fillMessages, GLOBAL_ID } from '../lib/fill-messages.js';
import type { Measure } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { number, percentile } from '../lib/table.js';

const LIMIT = 10;
const DEEP = 100;
const RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
const NONE: MessageQuery = {
  recipient: null,
  globalMessageId: null,
  topic: null,
  status: null,
  createdAt: null,
  expiresAt: null,
};

/** As the API takes them; the ranges hold everything, since what they narrow is a range of ids. */
const FILTERS: Record<string, Record<string, unknown>> = {
  none: {},
  recipient: { recipient: 'recipient-0' },
  'recipient, PENDING': { recipient: 'recipient-0', status: 'PENDING' },
  topic: { topic: 'topic-0' },
  globalMessageId: { globalMessageId: GLOBAL_ID },
  DELIVERED: { status: 'DELIVERED' },
  PENDING: { status: 'PENDING' },
  CANCELLED: { status: 'CANCELLED' },
  createdAt: { createdAt: { from: '2020-01-01', to: '9999-12-31' } },
  expiresAt: { expiresAt: { from: '2020-01-01', to: '9999-12-31' } },
};

interface Statement {
  text: string;
  values: readonly unknown[];
}

/** Runs what the product runs, counts the buffers of each statement, and remembers the statements. */
class ExplainingDatabase extends Database {
  buffers = 0;
  statements: Statement[] = [];

  override async query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const [plan] = await super.query<Plan>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
    if (plan) this.buffers += buffersOf(plan);
    this.statements.push({ text, values });
    return super.query<Row>(text, values);
  }
}

/** Nothing is pinned; one caller. Pages of 10. Rows are made by SQL; the same statements by plain pg are the floor. */
export const query: Measure = {
  name: 'query',
  about: 'a page of 10 of `messages`, first and 100th, by filter and size of the table: buffers read, and warm p99 in ms',
  async run({ progress, quick }) {
    const product = await startBenchProduct({ postgresSettings: { maintenance_work_mem: '512MB', max_wal_size: '8GB' } });
    const pool = new Pool({ connectionString: product.databaseUrl, max: 2 });
    const tenantId = (await pool.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
    const explaining = new ExplainingDatabase({
      databaseUrl: product.databaseUrl,
      poolMax: 2,
      metrics: noMetrics,
      logger: silentLogger,
    });
    const queries = new MessageQueries(explaining, new StatusRules(RETENTION_MS), systemClock);
    const caller = product.caller();
    const rows: Array<Record<string, string>> = [];
    const first = new Map<string, number>();
    for (const size of quick ? [20_000] : [100_000, 1_000_000, 10_000_000]) {
      progress(`${number(size)} rows`);
      await fillMessages(pool, tenantId, size);
      for (const [name, filter] of Object.entries(FILTERS)) {
        const asked: MessageQuery = { ...NONE, ...filter, ...rangesOf(filter) };
        const pages = await walk(queries, tenantId, asked);
        for (const page of new Set([1, Math.min(DEEP, pages.length)])) {
          const after = pages[page - 1] ?? null;
          explaining.buffers = 0;
          explaining.statements = [];
          await queries.listMessages(tenantId, asked, after, LIMIT);
          const { buffers, statements } = explaining;
          const token = page === 1 ? null : await tokenOf(caller, filter, page);
          const ours = await timed(quick ? 20 : 200, () => post(caller, pageBody(filter, token)));
          const floor = await timed(quick ? 20 : 200, async () => {
            for (const { text, values } of statements) await pool.query(text, [...values]);
          });
          const key = `${name} ${page === 1 ? 1 : DEEP}`;
          if (!first.has(key)) first.set(key, buffers);
          rows.push({
            rows: number(size),
            filter: name,
            page: number(page),
            buffers: number(buffers),
            'to smallest table': number(buffers / (first.get(key) ?? buffers)),
            'p99 ms': number(percentile(ours, 0.99)),
            'plain pg p99 ms': number(percentile(floor, 0.99)),
            'p99 to plain pg': number(percentile(ours, 0.99) / percentile(floor, 0.99)),
          });
        }
      }
    }
    caller.close();
    await explaining.close();
    await pool.end();
    await product.stop();
    return rows;
  },
};

const rangesOf = (filter: Record<string, unknown>): Partial<MessageQuery> => {
  const range = { from: new Date('2020-01-01'), to: new Date('9999-12-31T23:59:59.999Z') };
  return { ...('createdAt' in filter && { createdAt: range }), ...('expiresAt' in filter && { expiresAt: range }) };
};

/** Where each page begins, up to the 100th. */
async function walk(queries: MessageQueries, tenantId: string, asked: MessageQuery): Promise<Array<string | null>> {
  const starts: Array<string | null> = [null];
  while (starts.length < DEEP) {
    const { next } = await queries.listMessages(tenantId, asked, starts.at(-1) ?? null, LIMIT);
    if (next === null) break;
    starts.push(next);
  }
  return starts;
}

const pageBody = (filter: object, nextToken: string | null) =>
  JSON.stringify({
    query:
      'query($f:MessagesFilter,$l:Int,$t:String){messages(filter:$f,limit:$l,nextToken:$t){items{id recipient message topic status createdAt}nextToken}}',
    variables: { f: filter, l: LIMIT, t: nextToken },
  });

async function tokenOf(caller: Parameters<typeof post>[0], filter: object, page: number): Promise<string | null> {
  let token: string | null = null;
  for (let i = 1; i < page; i++) {
    token = JSON.parse(await post(caller, pageBody(filter, token))).data.messages.nextToken;
    if (token === null) return null;
  }
  return token;
}

async function timed(times: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = -5; i < times; i++) {
    const began = performance.now();
    await work();
    if (i >= 0) taken.push(performance.now() - began);
  }
  return taken;
}
