import { Redis } from 'ioredis';
import { Client } from 'pg';
import { post } from '../lib/caller-loops.js';
import { pushBody, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { settledSoFar, untilSettled } from '../lib/settled.js';
import { number } from '../lib/table.js';

const text = 'x'.repeat(200);

type Kind = 'message' | 'global';

interface Setting {
  product: BenchProduct;
  redis: Redis;
  db: Client;
  recipients: readonly string[];
  /** Counts the recipients that are connected to each node. */
  heldBy: readonly number[];
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
  /** Counts statements that insert rows of pushes, and those that settle rows by receipts. */
  statementsPerRow: number;
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
    const counts = { message: recipients.length * (quick ? 1 : 10), global: quick ? 5 : 50 };
    const withOneNode = new Map<Kind, Carried>();
    for (const nodes of quick ? [1, 2] : [1, 2, 4]) {
      progress(`${nodes} nodes of each kind`);
      const setting = await open(nodes, recipients);
      for (const kind of ['message', 'global'] as const) {
        const found = await carry(setting, kind, counts[kind]);
        const one = withOneNode.get(kind);
        if (one) result.verdicts.push(...verdictsOf(found, one));
        else withOneNode.set(kind, found);
        result.rows.push(rowOf(found));
        result.figures[`${kind}, ${nodes} nodes, bytes`] = found.bytesPerMessage;
        result.figures[`${kind}, ${nodes} nodes, WAL bytes`] = found.walPerRow;
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
  const targetsOf = (node: number) => targets.filter((_, i) => i % nodes === node);
  return {
    product,
    redis: new Redis(product.redis.url),
    db,
    recipients,
    heldBy: product.deliveryPorts.map((_, node) => targetsOf(node).length),
    clients: await Promise.all(product.deliveryPorts.map((port, node) => connectAll(port, targetsOf(node)))),
  };
}

async function carry(setting: Setting, kind: Kind, messages: number): Promise<Carried> {
  const { product, recipients, heldBy, clients } = setting;
  for (const client of clients) await client.mark();
  const calls = kind === 'message' ? messages / recipients.length : messages;
  const rows = calls * recipients.length;
  const body = kind === 'message' ? pushBody(recipients, text) : pushGlobalBody(text);
  const before = await read(setting);
  const began = performance.now();
  const callers = product.apiPorts.map((_, node) => product.caller(node));
  for (let i = 0; i < calls; i++) await post(callers[i % callers.length] as (typeof callers)[number], body);
  await Promise.all(clients.map((client, node) => client.expect(calls * (heldBy[node] ?? 0), 60_000)));
  const seconds = (performance.now() - began) / 1000;
  await untilSettled(product, before.settled + rows);
  const after = await read(setting);
  for (const caller of callers) caller.close();
  return {
    kind,
    nodes: clients.length,
    messages,
    rows,
    events: after.received.map((n, i) => n - (before.received[i] ?? 0)),
    bytesPerMessage: (after.bytes - before.bytes) / messages,
    statementsPerRow: (after.statements - before.statements) / rows,
    walPerRow: (after.wal - before.wal) / rows,
    deliveredPerSecond: rows / seconds,
  };
}

async function read({ product, redis, db }: Setting) {
  const nodes = await Promise.all([...product.apiPorts, ...product.deliveryPorts].map((port) => product.metrics(port)));
  const valuesOf = (name: string) => nodes.map((metrics) => metrics.get(name) ?? 0);
  const sumOf = (name: string) => valuesOf(name).reduce((a, b) => a + b, 0);
  const { rows } = await db.query<{ wal: number }>(`SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal`);
  return {
    received: valuesOf('tidings_bus_events_received_total').slice(product.apiPorts.length),
    statements: sumOf('tidings_push_batch_rows_count') + sumOf('tidings_receipt_batch_rows_count'),
    settled: await settledSoFar(product),
    bytes: Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]),
    wal: rows[0]?.wal ?? Number.NaN,
  };
}

const rowOf = ({ kind, nodes, messages, events, bytesPerMessage, ...of }: Carried) => ({
  'nodes of each kind': number(nodes),
  kind,
  messages: number(messages),
  'events of all nodes per message': number(events.reduce((a, b) => a + b, 0) / messages),
  'events per message, each node': events.map((n) => number(n / messages)).join(' '),
  'bytes out of Redis per message': number(bytesPerMessage),
  'statements per row': kind === 'message' ? number(of.statementsPerRow) : '',
  'WAL bytes per row': number(of.walPerRow),
  'delivered/s': number(of.deliveredPerSecond),
});

function verdictsOf(carried: Carried, withOneNode: Carried): Verdict[] {
  const { kind, nodes, messages, events, bytesPerMessage, statementsPerRow } = carried;
  if (kind === 'message') {
    const toOne = (what: string, unit: string, figure: 'bytesPerMessage' | 'walPerRow') => {
      const found = { tidings: `${number(carried[figure])} ${unit}, with one node ${number(withOneNode[figure])}` };
      return judge(`a message, ${nodes} nodes: ${what} to those with one`, found, carried[figure] / withOneNode[figure], {
        atMost: 1.1,
      });
    };
    const statements = {
      tidings: `${number(statementsPerRow)} statements, with one node ${number(withOneNode.statementsPerRow)}`,
    };
    return [
      toOne('bytes', 'bytes', 'bytesPerMessage'),
      toOne('WAL', 'bytes', 'walPerRow'),
      // Each node gathers for itself, so the statements of N nodes hold an Nth of the rows at worst.
      judge(
        `a message, ${nodes} nodes: statements to those with one`,
        statements,
        statementsPerRow / withOneNode.statementsPerRow,
        {
          atMost: nodes,
        },
      ),
    ];
  }
  const eventsPerNode = Math.max(...events) / messages;
  const found = { tidings: `${number(eventsPerNode)} events per node, ${number(bytesPerMessage / nodes)} bytes each` };
  return [judge(`a global, ${nodes} nodes: events per node`, found, eventsPerNode, { atMost: 1 })];
}
