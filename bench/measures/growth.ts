import { Redis } from 'ioredis';
import { post } from '../lib/caller-loops.js';
import { pushBody, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { number } from '../lib/table.js';

const text = 'x'.repeat(200);

/** What travels is a count, so it needs no rounds. Bytes are Redis's own (total_net_output_bytes), answers included. */
export const growth: Measure = {
  name: 'growth',
  about:
    'what the bus carries per message of 200 bytes with 1, 2 and 4 delivery nodes, recipients spread evenly; how many a second',
  placement: 'Nothing is pinned: all nodes, PostgreSQL, Redis and the load share both cores, so more nodes cannot be faster here',
  minutes: 4,
  async run({ progress, quick }) {
    const connected = quick ? 200 : 2000;
    const globals = quick ? 5 : 50;
    const rows: Result['rows'] = [];
    const verdicts: Verdict[] = [];
    const figures: Result['figures'] = {};
    const bytesOfOne = new Map<string, number>();
    for (const nodes of quick ? [1, 2] : [1, 2, 4]) {
      progress(`${nodes} delivery nodes`);
      const product = await startBenchProduct({ deliveryNodes: nodes });
      const redis = new Redis(product.redis.url);
      const recipients = Array.from({ length: connected }, (_, i) => `recipient-${i}`);
      const targets = await product.targets(recipients);
      const clients = await Promise.all(
        product.deliveryPorts.map((port, node) =>
          connectAll(
            port,
            targets.filter((_, i) => i % nodes === node),
          ),
        ),
      );
      const read = async () => {
        const received = await Promise.all(
          product.deliveryPorts.map(async (port) => (await product.metrics(port)).get('tidings_bus_events_received_total') ?? 0),
        );
        const bytes = Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
        return { received, bytes };
      };
      for (const [kind, count] of [
        ['message', connected * (quick ? 1 : 10)],
        ['global', globals],
      ] as const) {
        for (const client of clients) await client.mark();
        const before = await read();
        const began = performance.now();
        const caller = product.caller();
        if (kind === 'message') for (let i = 0; i < count / connected; i++) await post(caller, pushBody(recipients, text));
        else for (let i = 0; i < count; i++) await post(caller, pushGlobalBody(text));
        await Promise.all(
          clients.map((client, node) => {
            const held = targets.filter((_, i) => i % nodes === node).length;
            return client.expect(kind === 'message' ? (count / connected) * held : count * held, 60_000);
          }),
        );
        const seconds = (performance.now() - began) / 1000;
        const after = await read();
        caller.close();
        const events = after.received.map((n, i) => n - (before.received[i] ?? 0));
        const bytes = (after.bytes - before.bytes) / count;
        rows.push({
          'delivery nodes': number(nodes),
          kind,
          messages: number(count),
          'events of all nodes per message': number(events.reduce((a, b) => a + b, 0) / count),
          'events per message, each node': events.map((n) => number(n / count)).join(' '),
          'bytes out of Redis per message': number(bytes),
          'delivered/s': number((kind === 'global' ? count * connected : count) / seconds),
        });
        figures[`${kind}, ${nodes} nodes, bytes`] = bytes;
        if (!bytesOfOne.has(kind)) bytesOfOne.set(kind, bytes);
        if (nodes === 1) continue;
        const one = bytesOfOne.get(kind) ?? Number.NaN;
        if (kind === 'message') {
          const found = { tidings: `${number(bytes)} bytes, with one node ${number(one)}` };
          verdicts.push(judge(`a message, ${nodes} nodes: bytes to those with one`, found, bytes / one, { atMost: 1.1 }));
        } else {
          const found = {
            tidings: `${number(Math.max(...events) / count)} events per node, ${number(bytes / nodes)} bytes each`,
          };
          verdicts.push(judge(`a global, ${nodes} nodes: events per node`, found, Math.max(...events) / count, { atMost: 1 }));
        }
      }
      redis.disconnect();
      await Promise.all(clients.map((client) => client.stop()));
      await product.stop();
    }
    return { rows, verdicts, figures };
  },
};
