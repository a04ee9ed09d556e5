import { Pool } from 'pg';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { MessageQuery } from '../../src/core/ports/stores/query-store.js';
import { systemClock } from '../../src/lib/time/clock.js';
import { Database, type StatementOptions } from '../../src/store/database/database.js';
import { MessageStatusRules } from '../../src/store/message-status.js';
import { MessageQueries } from '../../src/store/query/message-queries.js';
import { post } from '../lib/caller-loops.js';
import { buffersOf, type Plan } from '../lib/explain.js';
import { fillMessages, GLOBAL_ID } from '../lib/fill-messages.js';
import type { GraphqlCaller } from '../lib/graphql-caller.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { number, percentile, sample, show } from '../lib/table.js';

const LIMIT = 10;
const DEEP = 100;
/** Reads this many pages before measuring: a Node process compiles while it answers its first requests. */
const WARM_UP = 1_000;
const RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
const NONE: MessageQuery = {
  recipient: null,
  globalMessageId: null,
  topic: null,
  status: null,
  createdAt: null,
  expiresAt: null,
  receipt: undefined,
  cancelReason: undefined,
  deliveredAt: undefined,
};

/** Lists filters as the API takes them. Time ranges include every row, since they become ranges of ids. */
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
  receipt: { receipt: 'PONG' },
  cancelReason: { cancelReason: 'RECALLED' },
  deliveredAt: { deliveredAt: { from: '2020-01-01', to: '9999-12-31' } },
};

interface Statement {
  text: string;
  values: readonly unknown[];
}

/** Runs the product's statements, remembers them and counts their buffers. */
class ExplainingDatabase extends Database {
  buffers = 0;
  statements: Statement[] = [];

  override async query<Row extends object>(text: string, values: readonly unknown[], options: StatementOptions): Promise<Row[]> {
    const [plan] = await super.query<Plan>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values, options);
    if (plan) this.buffers += buffersOf(plan);
    this.statements.push({ text, values });
    return super.query<Row>(text, values, options);
  }
}

/**
 * Measures with one caller. One INSERT … SELECT creates the rows without secondary indexes, which are
 * recreated afterwards. API and floor take turns, one page each.
 */
export const query: Measure = {
  name: 'query',
  about: 'a page of 10 of `messages`, first and 100th, by filter and size of the table: buffers read, and warm p99 in ms',
  placement: 'Nothing is pinned: API node, PostgreSQL and the caller share both cores',
  minutes: 15,
  async run({ progress, quick, rounds }) {
    const setting = await open();
    const found: Found[] = [];
    const sizes = quick ? [20_000] : fullSizes(rounds);
    for (const size of sizes) {
      progress(`${number(size)} rows: filling`);
      await fillMessages(setting.pool, setting.tenantId, size);
      progress(`${number(size)} rows: asking`);
      const caller = setting.product.caller();
      for (let i = 0; i < WARM_UP; i++) await post(caller, pageBody({}, null));
      for (const [name, filter] of Object.entries(FILTERS))
        for (const page of await measurePages(setting, caller, filter, quick ? 20 : 300)) found.push({ size, name, ...page });
      caller.close();
    }
    await setting.explaining.close();
    await setting.pool.end();
    await setting.product.stop();
    return resultOf(found, sizes, quick);
  },
};

const fullSizes = (rounds: number) => (rounds >= 3 ? [100_000, 1_000_000, 10_000_000] : [1_000_000]);

type Setting = Awaited<ReturnType<typeof open>>;

async function open() {
  const product = await startBenchProduct({ postgresSettings: { maintenance_work_mem: '512MB', max_wal_size: '8GB' } });
  const { databaseUrl } = product;
  const pool = new Pool({ connectionString: databaseUrl, max: 2 });
  const tenantId = (await pool.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
  const explaining = new ExplainingDatabase({ databaseUrl, poolMax: 2, metrics: noMetrics, logger: silentLogger });
  const queries = new MessageQueries(explaining, new MessageStatusRules(RETENTION_MS), systemClock);
  return { product, pool, tenantId, explaining, queries };
}

interface Page {
  page: number;
  buffers: number;
  /** Holds the milliseconds of each answer. */
  ours: readonly number[];
  floor: readonly number[];
}

interface Found extends Page {
  size: number;
  name: string;
}

/** Measures the first page of a filter and its 100th, or its last. */
async function measurePages(
  setting: Setting,
  caller: GraphqlCaller,
  filter: Record<string, unknown>,
  times: number,
): Promise<Page[]> {
  const { pool, tenantId, explaining, queries } = setting;
  const asked: MessageQuery = { ...NONE, ...filter, ...rangesOf(filter) };
  const starts = await walk(queries, tenantId, asked);
  const found: Page[] = [];
  for (const page of new Set([1, Math.min(DEEP, starts.length)])) {
    explaining.buffers = 0;
    explaining.statements = [];
    await queries.listMessages(tenantId, asked, starts[page - 1] ?? null, LIMIT);
    const { buffers, statements } = explaining;
    const body = pageBody(filter, page === 1 ? null : await tokenOf(caller, filter, page));
    const runStatements = async () => {
      for (const { text, values } of statements) await pool.query(text, [...values]);
    };
    found.push({ page, buffers, ...(await inTurns(times, () => post(caller, body), runStatements)) });
  }
  return found;
}

function resultOf(found: readonly Found[], sizes: readonly number[], quick: boolean): Result {
  const buffers = new Map<string, number>();
  const result: Result = { rows: [], verdicts: [], figures: {} };
  for (const one of found) {
    buffers.set(keyOf(one.name, one.page, one.size), one.buffers);
    result.rows.push(rowOf(one, buffers, sizes[0] ?? one.size));
    result.figures[`${one.name}, page ${one.page}, ${number(one.size)} rows, buffers`] = one.buffers;
  }
  const ratios = sample(found.map(p99ToFloor));
  const times = { tidings: `median of all pages (range): ${show(ratios)}` };
  if (!quick) result.verdicts.push(...bufferVerdicts(buffers, sizes));
  result.verdicts.push(judge('warm p99 of a page, through GraphQL to plain pg', times, ratios.median, { atMost: 2 }));
  return result;
}

/** Names a figure. Every page but the first counts as the 100th. */
const keyOf = (name: string, page: number, size: number | undefined) => `${name} ${page === 1 ? 1 : DEEP} ${size}`;
const p99ToFloor = ({ ours, floor }: Page) => percentile(ours, 0.99) / percentile(floor, 0.99);

function rowOf(one: Found, buffers: ReadonlyMap<string, number>, smallestSize: number): Record<string, string> {
  const { size, name, page, ours, floor } = one;
  const smallest = buffers.get(keyOf(name, page, smallestSize)) ?? one.buffers;
  const shallow = buffers.get(keyOf(name, 1, size)) ?? one.buffers;
  return {
    rows: number(size),
    filter: name,
    page: number(page),
    buffers: number(one.buffers),
    'to smallest table': number(one.buffers / smallest),
    'to page 1': number(one.buffers / shallow),
    'p50 ms': number(percentile(ours, 0.5)),
    'p99 ms': number(percentile(ours, 0.99)),
    'plain pg p50 ms': number(percentile(floor, 0.5)),
    'plain pg p99 ms': number(percentile(floor, 0.99)),
    'p99 to plain pg': number(p99ToFloor(one)),
  };
}

const rangesOf = (filter: Record<string, unknown>): Partial<MessageQuery> => {
  const range = { from: new Date('2020-01-01'), to: new Date('9999-12-31T23:59:59.999Z') };
  return { ...('createdAt' in filter && { createdAt: range }), ...('expiresAt' in filter && { expiresAt: range }) };
};

/** Returns the start of each page, up to the 100th. */
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

async function tokenOf(caller: GraphqlCaller, filter: object, page: number): Promise<string | null> {
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

/**
 * Tolerates a difference of this many buffers: one level of an index, or rows that share a page by chance.
 */
const LEVEL = 2;

/** Judges the filter that grows most, from the smallest table to the largest and from page 1 to page 100. */
function bufferVerdicts(buffers: ReadonlyMap<string, number>, sizes: readonly number[]): Verdict[] {
  const of = (name: string, page: number, size: number | undefined) => buffers.get(keyOf(name, page, size)) ?? Number.NaN;
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
