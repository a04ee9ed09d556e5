import { Redis } from 'ioredis';
import { post } from '../lib/caller-loops.js';
import { pushBody, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { number } from '../lib/table.js';

const text = 'x'.repeat(200);

type Kind = 'message' | 'global';

interface Setting {
  product: BenchProduct;
  redis: Redis;
  recipients: readonly string[];
  /** Counts the recipients that are connected to each node. */
  heldBy: readonly number[];
  clients: readonly LoadClient[];
}

/** Holds the traffic of the bus for that many messages. */
interface Carried {
  kind: Kind;
  nodes: number;
  messages: number;
  /** Counts the events that each node received. */
  events: readonly number[];
  bytesPerMessage: number;
  deliveredPerSecond: number;
}

/**
 * Counts traffic, so it needs no rounds. Bytes are Redis's own (total_net_output_bytes), replies included.
 */
export const growth: Measure = {
  name: 'growth',
  about:
    'what the bus carries per message of 200 bytes with 1, 2 and 4 delivery nodes, recipients spread evenly; how many a second',
  placement: 'Nothing is pinned: all nodes, PostgreSQL, Redis and the load share both cores, so more nodes cannot be faster here',
  minutes: 4,
  async run({ progress, quick }) {
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const recipients = recipientNames(quick ? 200 : 2000);
    const counts = { message: recipients.length * (quick ? 1 : 10), global: quick ? 5 : 50 };
    const withOneNode = new Map<Kind, Carried>();
    for (const nodes of quick ? [1, 2] : [1, 2, 4]) {
      progress(`${nodes} delivery nodes`);
      const setting = await open(nodes, recipients);
      for (const kind of ['message', 'global'] as const) {
        const found = await carry(setting, kind, counts[kind]);
        const one = withOneNode.get(kind);
        if (one) result.verdicts.push(verdictOf(found, one));
        else withOneNode.set(kind, found);
        result.rows.push(rowOf(found));
        result.figures[`${kind}, ${nodes} nodes, bytes`] = found.bytesPerMessage;
      }
      setting.redis.disconnect();
      await Promise.all(setting.clients.map((client) => client.stop()));
      await setting.product.stop();
    }
    return result;
  },
};

async function open(nodes: number, recipients: readonly string[]): Promise<Setting> {
  const product = await startBenchProduct({ deliveryNodes: nodes });
  const targets = await product.targets(recipients);
  const targetsOf = (node: number) => targets.filter((_, i) => i % nodes === node);
  return {
    product,
    redis: new Redis(product.redis.url),
    recipients,
    heldBy: product.deliveryPorts.map((_, node) => targetsOf(node).length),
    clients: await Promise.all(product.deliveryPorts.map((port, node) => connectAll(port, targetsOf(node)))),
  };
}

async function carry(setting: Setting, kind: Kind, messages: number): Promise<Carried> {
  const { product, recipients, heldBy, clients } = setting;
  for (const client of clients) await client.mark();
  const calls = kind === 'message' ? messages / recipients.length : messages;
  const body = kind === 'message' ? pushBody(recipients, text) : pushGlobalBody(text);
  const before = await read(setting);
  const began = performance.now();
  const caller = product.caller();
  for (let i = 0; i < calls; i++) await post(caller, body);
  await Promise.all(clients.map((client, node) => client.expect(calls * (heldBy[node] ?? 0), 60_000)));
  const seconds = (performance.now() - began) / 1000;
  const after = await read(setting);
  caller.close();
  return {
    kind,
    nodes: clients.length,
    messages,
    events: after.received.map((n, i) => n - (before.received[i] ?? 0)),
    bytesPerMessage: (after.bytes - before.bytes) / messages,
    deliveredPerSecond: (calls * recipients.length) / seconds,
  };
}

async function read({ product, redis }: Setting) {
  const received = await Promise.all(
    product.deliveryPorts.map(async (port) => (await product.metrics(port)).get('tidings_bus_events_received_total') ?? 0),
  );
  const bytes = Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
  return { received, bytes };
}

const rowOf = ({ kind, nodes, messages, events, bytesPerMessage, deliveredPerSecond }: Carried) => ({
  'delivery nodes': number(nodes),
  kind,
  messages: number(messages),
  'events of all nodes per message': number(events.reduce((a, b) => a + b, 0) / messages),
  'events per message, each node': events.map((n) => number(n / messages)).join(' '),
  'bytes out of Redis per message': number(bytesPerMessage),
  'delivered/s': number(deliveredPerSecond),
});

function verdictOf({ kind, nodes, messages, events, bytesPerMessage }: Carried, withOneNode: Carried): Verdict {
  if (kind === 'message') {
    const one = withOneNode.bytesPerMessage;
    const found = { tidings: `${number(bytesPerMessage)} bytes, with one node ${number(one)}` };
    return judge(`a message, ${nodes} nodes: bytes to those with one`, found, bytesPerMessage / one, { atMost: 1.1 });
  }
  const eventsPerNode = Math.max(...events) / messages;
  const found = { tidings: `${number(eventsPerNode)} events per node, ${number(bytesPerMessage / nodes)} bytes each` };
  return judge(`a global, ${nodes} nodes: events per node`, found, eventsPerNode, { atMost: 1 });
}
