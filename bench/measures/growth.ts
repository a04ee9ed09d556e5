import { Redis } from 'ioredis';
import { Client } from 'pg';
import { post } from '../lib/caller-loops.js';
import { cpuSeconds } from '../lib/cpu.js';
import { pushBody, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { settledSoFar, untilSettled } from '../lib/settled.js';
import { number } from '../lib/table.js';

const text = 'x'.repeat(200);
/** A node spaces its settling statements by 4 ms (src/delivery/recording/receipt-recorder.ts). */
const MOST_SETTLEMENTS = 250;

/** What is pushed: to all recipients in one call, to one after the other, or a global message. */
type Kind = 'many' | 'single' | 'global';

interface Setting {
  product: BenchProduct;
  redis: Redis;
  db: Client;
  recipients: readonly string[];
  /** Names who is connected to each node. */
  heldBy: ReadonlyArray<ReadonlySet<string>>;
  clients: readonly LoadClient[];
}

/** Holds what that many messages led to, from the push to the last receipt in its row. */
interface Carried {
  kind: Kind;
  nodes: number;
  messages: number;
  /** Counts the rows: one for each recipient. */
  rows: number;
  /** Counts the events that each node received. */
  events: readonly number[];
  bytesPerMessage: number;
  /** Counts statements that insert the rows of a thousand messages. */
  insertsPerThousand: number;
  settlementsPerThousand: number;
  /** Counts statements of each node that settle rows by receipts. */
  settlementsPerSecond: number;
  /** Microseconds of PostgreSQL's CPU. */
  postgresPerRow: number;
  walPerRow: number;
  deliveredPerSecond: number;
}

/**
 * Counts traffic, so it needs no rounds. Bytes are Redis's own (total_net_output_bytes), replies included, and those of
 * PostgreSQL's log. docs/scale.md goes by these counts.
 */
export const growth: Measure = {
  name: 'growth',
  about:
    'what the bus carries and PostgreSQL writes per message of 200 bytes with 1, 2 and 4 nodes of each kind, recipients spread evenly',
  placement: 'Nothing is pinned: all nodes, PostgreSQL, Redis and the load share both cores, so more nodes cannot be faster here',
  minutes: 4,
  async run({ progress, quick }) {
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const recipients = recipientNames(quick ? 200 : 2000);
    const calls = { many: quick ? 1 : 10, single: quick ? 50 : 1000, global: quick ? 5 : 50 };
    const withOneNode = new Map<Kind, Carried>();
    for (const nodes of quick ? [1, 2] : [1, 2, 4]) {
      progress(`${nodes} nodes of each kind`);
      const setting = await open(nodes, recipients);
      for (const kind of ['many', 'single', 'global'] as const) {
        const found = await carry(setting, kind, calls[kind]);
        const one = withOneNode.get(kind);
        if (one) result.verdicts.push(...verdictsOf(found, one));
        else withOneNode.set(kind, found);
        result.rows.push(rowOf(found));
        result.figures[`${kind}, ${nodes} nodes, bytes`] = found.bytesPerMessage;
        result.figures[`${kind}, ${nodes} nodes, WAL bytes`] = found.walPerRow;
        result.figures[`${kind}, ${nodes} nodes, CPU of PostgreSQL`] = found.postgresPerRow;
      }
      setting.redis.disconnect();
      await setting.db.end();
      await Promise.all(setting.clients.map((client) => client.stop()));
      await setting.product.stop();
    }
    return result;
  },
};

async function open(nodes: number, recipients: readonly string[]): Promise<Setting> {
  const product = await startBenchProduct({ apiNodes: nodes, deliveryNodes: nodes });
  const db = new Client(product.databaseUrl);
  await db.connect();
  const targets = await product.targets(recipients);
  const ofNode = <T>(all: readonly T[], node: number) => all.filter((_, i) => i % nodes === node);
  return {
    product,
    redis: new Redis(product.redis.url),
    db,
    recipients,
    heldBy: product.deliveryPorts.map((_, node) => new Set(ofNode(recipients, node))),
    clients: await Promise.all(product.deliveryPorts.map((port, node) => connectAll(port, ofNode(targets, node)))),
  };
}

async function carry(setting: Setting, kind: Kind, calls: number): Promise<Carried> {
  const { product, recipients, heldBy, clients } = setting;
  for (const client of clients) await client.mark();
  const pushed = Array.from({ length: calls }, (_, i) =>
    kind === 'single' ? [recipients[i % recipients.length] as string] : recipients,
  );
  const rows = pushed.reduce((sum, to) => sum + to.length, 0);
  const messages = kind === 'global' ? calls : rows;
  const before = await read(setting);
  const began = performance.now();
  const callers = product.apiPorts.map((_, node) => product.caller(node));
  for (const [i, to] of pushed.entries()) {
    const body = kind === 'global' ? pushGlobalBody(text) : pushBody(to, text);
    await post(callers[i % callers.length] as (typeof callers)[number], body);
  }
  const framesTo = (held: ReadonlySet<string>) => pushed.reduce((sum, to) => sum + to.filter((name) => held.has(name)).length, 0);
  await Promise.all(clients.map((client, node) => client.expect(framesTo(heldBy[node] as ReadonlySet<string>), 60_000)));
  const secondsSince = () => (performance.now() - began) / 1000;
  const deliveredPerSecond = rows / secondsSince();
  await untilSettled(product, before.settled + rows);
  const seconds = secondsSince();
  const after = await read(setting);
  for (const caller of callers) caller.close();
  return {
    kind,
    nodes: clients.length,
    messages,
    rows,
    events: after.received.map((n, i) => n - (before.received[i] ?? 0)),
    bytesPerMessage: (after.bytes - before.bytes) / messages,
    insertsPerThousand: ((after.inserts - before.inserts) * 1000) / rows,
    settlementsPerThousand: ((after.settlements - before.settlements) * 1000) / rows,
    settlementsPerSecond: (after.settlements - before.settlements) / clients.length / seconds,
    walPerRow: (after.wal - before.wal) / rows,
    postgresPerRow: ((after.postgres - before.postgres) * 1e6) / rows,
    deliveredPerSecond,
  };
}

async function read({ product, redis, db }: Setting) {
  const nodes = await Promise.all([...product.apiPorts, ...product.deliveryPorts].map((port) => product.metrics(port)));
  const valuesOf = (name: string) => nodes.map((metrics) => metrics.get(name) ?? 0);
  const sumOf = (name: string) => valuesOf(name).reduce((a, b) => a + b, 0);
  const { rows } = await db.query<{ wal: number }>(`SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal`);
  return {
    received: valuesOf('tidings_bus_events_received_total').slice(product.apiPorts.length),
    inserts: sumOf('tidings_push_batch_rows_count'),
    settlements: sumOf('tidings_receipt_batch_rows_count'),
    settled: await settledSoFar(product),
    bytes: Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]),
    wal: rows[0]?.wal ?? Number.NaN,
    postgres: await cpuSeconds(product.postgres.pid),
  };
}

const rowOf = ({ kind, nodes, messages, events, bytesPerMessage, ...of }: Carried) => ({
  'nodes of each kind': number(nodes),
  kind,
  messages: number(messages),
  'events of all nodes per message': number(events.reduce((a, b) => a + b, 0) / messages),
  'events per message, each node': events.map((n) => number(n / messages)).join(' '),
  'bytes out of Redis per message': number(bytesPerMessage),
  'inserts, settlements per 1,000 rows': `${number(of.insertsPerThousand)}, ${number(of.settlementsPerThousand)}`,
  'settlements/s, each node': number(of.settlementsPerSecond),
  'WAL bytes per row': number(of.walPerRow),
  'PostgreSQL, µs of CPU per row': number(of.postgresPerRow),
  'delivered/s': number(of.deliveredPerSecond),
});

function verdictsOf(carried: Carried, withOneNode: Carried): Verdict[] {
  const { kind, nodes, messages } = carried;
  const toOne = (what: string, figure: 'bytesPerMessage' | 'walPerRow' | 'insertsPerThousand') => {
    const found = { tidings: `${number(carried[figure])}, with one node ${number(withOneNode[figure])}` };
    return judge(`${kind}, ${nodes} nodes: ${what} to those with one`, found, carried[figure] / withOneNode[figure], {
      atMost: 1.1,
    });
  };
  const bounded = (what: string, count: number, atMost: number) =>
    judge(`${kind}, ${nodes} nodes: ${what}`, { tidings: number(count) }, count, { atMost });
  const { insertsPerThousand, settlementsPerThousand, settlementsPerSecond, events } = carried;
  if (kind === 'global') return [bounded('events per node', Math.max(...events) / messages, 1)];
  if (kind === 'single') {
    return [
      toOne('bytes out of Redis', 'bytesPerMessage'),
      bounded('statements per message', (insertsPerThousand + settlementsPerThousand) / 1000, 2),
    ];
  }
  return [
    toOne('bytes out of Redis', 'bytesPerMessage'),
    toOne('bytes of WAL', 'walPerRow'),
    toOne('inserts per 1,000', 'insertsPerThousand'),
    bounded('settlements a second of each node', settlementsPerSecond, MOST_SETTLEMENTS),
  ];
}
