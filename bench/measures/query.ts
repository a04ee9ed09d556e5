import { Pool } from 'pg';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { MessageQuery } from '../../src/core/ports/stores/query-store.js';
import { systemClock } from '../../src/lib/time/clock.js';
import { Database } from '../../src/store/database/database.js';
import { MessageStatusRules } from '../../src/store/message-status.js';
import { MessageQueries } from '../../src/store/query/message-queries.js';
import { post } from '../lib/caller-loops.js';
import { buffersOf, type Plan } from '../lib/explain.js';
import { fillMessages, GLOBAL_ID } from '../lib/fill-messages.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { number, percentile, sample, show } from '../lib/table.js';

const LIMIT = 10;
const DEEP = 100;
/** Pages before anything is measured: a Node process that has just started compiles while it answers. */
const WARM_UP = 1_000;
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

/**
 * One caller. Rows are made by one INSERT … SELECT without the secondary indexes, which are made anew after it. API and floor take turns,
 * one page each.
 */
export const query: Measure = {
  name: 'query',
  about: 'a page of 10 of `messages`, first and 100th, by filter and size of the table: buffers read, and warm p99 in ms',
  placement: 'Nothing is pinned: API node, PostgreSQL and the caller share both cores',
  minutes: 15,
  async run({ progress, quick, rounds }) {
    const product = await startBenchProduct({ postgresSettings: { maintenance_work_mem: '512MB', max_wal_size: '8GB' } });
    const pool = new Pool({ connectionString: product.databaseUrl, max: 2 });
    const tenantId = (await pool.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
    const explaining = new ExplainingDatabase({
      databaseUrl: product.databaseUrl,
      poolMax: 2,
      metrics: noMetrics,
      logger: silentLogger,
    });
    const queries = new MessageQueries(explaining, new MessageStatusRules(RETENTION_MS), systemClock);
    const rows: Result['rows'] = [];
    const figures: Result['figures'] = {};
    const buffersOfAll = new Map<string, number>();
    const sizes = quick ? [20_000] : rounds >= 3 ? [100_000, 1_000_000, 10_000_000] : [1_000_000];
    const ratios: number[] = [];
    for (const size of sizes) {
      progress(`${number(size)} rows: filling`);
      await fillMessages(pool, tenantId, size);
      progress(`${number(size)} rows: asking`);
      const caller = product.caller();
      for (let i = 0; i < WARM_UP; i++) await post(caller, pageBody({}, null));
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
          const { ours, floor } = await inTurns(
            quick ? 20 : 300,
            () => post(caller, pageBody(filter, token)),
            async () => {
              for (const { text, values } of statements) await pool.query(text, [...values]);
            },
          );
          const p99 = percentile(ours, 0.99) / percentile(floor, 0.99);
          ratios.push(p99);
          buffersOfAll.set(`${name} ${page === 1 ? 1 : DEEP} ${size}`, buffers);
          const smallest = buffersOfAll.get(`${name} ${page === 1 ? 1 : DEEP} ${sizes[0]}`) ?? buffers;
          const shallow = buffersOfAll.get(`${name} 1 ${size}`) ?? buffers;
          figures[`${name}, page ${page}, ${number(size)} rows, buffers`] = buffers;
          rows.push({
            rows: number(size),
            filter: name,
            page: number(page),
            buffers: number(buffers),
            'to smallest table': number(buffers / smallest),
            'to page 1': number(buffers / shallow),
            'p50 ms': number(percentile(ours, 0.5)),
            'p99 ms': number(percentile(ours, 0.99)),
            'plain pg p50 ms': number(percentile(floor, 0.5)),
            'plain pg p99 ms': number(percentile(floor, 0.99)),
            'p99 to plain pg': number(p99),
          });
        }
      }
      caller.close();
    }
    await explaining.close();
    await pool.end();
    await product.stop();
    const verdicts = quick ? [] : bufferVerdicts(buffersOfAll, sizes);
    const times = { tidings: `median of all pages (range): ${show(sample(ratios))}` };
    verdicts.push(judge('warm p99 of a page, through GraphQL to plain pg', times, sample(ratios).median, { atMost: 2 }));
    return { rows, verdicts, figures };
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

async function inTurns(times: number, work: () => Promise<unknown>, other: () => Promise<unknown>) {
  const ours: number[] = [];
  const floor: number[] = [];
  for (let i = -10; i < times; i++) {
    const began = performance.now();
    await work();
    const between = performance.now();
    await other();
    if (i < 0) continue;
    ours.push(between - began);
    floor.push(performance.now() - between);
  }
  return { ours, floor };
}

/** A difference of so many buffers is a level of an index, or rows that share a page by chance; a filter that reads few is not judged by it. */
const LEVEL = 2;

/** The filter that grows most, from the smallest table to the largest and from page 1 to page 100. */
function bufferVerdicts(buffers: ReadonlyMap<string, number>, sizes: readonly number[]): Verdict[] {
  const of = (name: string, page: number, size: number | undefined) => buffers.get(`${name} ${page} ${size}`) ?? Number.NaN;
  const worst = (pairs: ReadonlyArray<{ name: string; from: number; to: number }>) =>
    pairs
      .filter(({ from, to }) => Number.isFinite(from) && Number.isFinite(to))
      .map((pair) => ({ ...pair, ratio: pair.to - pair.from <= LEVEL ? Math.min(1, pair.to / pair.from) : pair.to / pair.from }))
      .reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const names = Object.keys(FILTERS);
  const bySize = worst(
    [1, DEEP].flatMap((page) =>
      names.map((name) => ({ name: `${name}, page ${page}`, from: of(name, page, sizes[0]), to: of(name, page, sizes.at(-1)) })),
    ),
  );
  const byDepth = worst(
    sizes.flatMap((size) =>
      names.map((name) => ({ name: `${name}, ${number(size)} rows`, from: of(name, 1, size), to: of(name, DEEP, size) })),
    ),
  );
  const found = (pair: { name: string; from: number; to: number }) => ({
    tidings: `the filter that grows most: ${pair.name}: ${number(pair.from)} to ${number(pair.to)} buffers`,
  });
  return [
    judge(`buffers, ${number(sizes[0] ?? 0)} to ${number(sizes.at(-1) ?? 0)} rows`, found(bySize), bySize.ratio, { atMost: 1.3 }),
    judge('buffers, page 1 to page 100', found(byDepth), byDepth.ratio, { atMost: 1.3 }),
  ];
}
