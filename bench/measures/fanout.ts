import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Floor, startFloor } from '../lib/floor.js';
import { nowUs, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { insertDelivered } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { number, sample, show } from '../lib/table.js';

const SIZE = 200;
const ROUNDS = 5;
const text = 'x'.repeat(SIZE);

export const fanout: Measure = {
  name: 'fanout',
  about: 'one global message of 200 bytes to N connections: ms from its commit to the last client, beside bare ws and Socket.IO',
  placement:
    'Delivery node, floor and peer on core 0, the load client on core 1; API node, PostgreSQL and Redis where the kernel puts them',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const rows: Result['rows'] = [];
    const verdicts: Verdict[] = [];
    const figures: Result['figures'] = {};
    // A round takes less than a second: what connects for one may as well stay for five.
    const sizes = quick ? [1000] : rounds >= 3 ? [1000, 5000, 10_000] : [10_000];
    for (const mode of ['plain', 'v1'] as const) {
      for (const n of sizes) {
        progress(`${n} ${mode} connections`);
        const product = await startBenchProduct({ placement: { delivery: 0 }, watchLoop: true });
        const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
        const peer = await startFloor('bench/floors/socket-io.mjs', 0);
        const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
        const ours = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients), {
          v1: mode === 'v1',
          cpu: 1,
        });
        const theirs = await connectAll(
          bare.port,
          recipients.map(() => '/'),
          { cpu: 1 },
        );
        const peers = await connectAll(
          peer.port,
          recipients.map(() => '/socket.io/?EIO=4&transport=websocket'),
          { cpu: 1, peer: 'socketio' },
        );
        const db = new Client(product.databaseUrl);
        await db.connect();
        const caller = product.caller();
        const tidings: number[] = [];
        const rowsMs: number[] = [];
        const afterLastMs: number[] = [];
        const blocked: number[] = [];
        const databaseFloor: number[] = [];
        const floor: number[] = [];
        const socketIo: number[] = [];
        const busy: number[] = [];
        for (let round = 0; round <= ROUNDS; round++) {
          const bareMs = await broadcast(bare, theirs, n);
          const peerMs = await broadcast(peer, peers, n);
          await product.longestBlockMs();
          await ours.mark();
          const clientCpu = (await ours.stats()).cpu;
          const all = ours.expect(n);
          const answer = JSON.parse((await caller.post(pushGlobalBody(text).replace('{id}', '{id createdAt}'))).body).data
            .pushGlobalMessage;
          const committedUs = Date.parse(answer.createdAt) * 1000;
          const { lastUs } = await all;
          // Seldom enough that asking does not take the database's time.
          while ((await delivered(db, answer.id)) < n) await delay(10);
          const confirmedUs = nowUs();
          const clientBusy = (((await ours.stats()).cpu - clientCpu) * 1e6) / (confirmedUs - committedUs);
          const blockedMs = await product.longestBlockMs();
          const rowsFloor =
            (n * 1000) / (await insertDelivered(product.databaseUrl, { rows: n, batch: 1000, recipients: n })).perSecond;
          if (round === 0) continue;
          floor.push(bareMs);
          socketIo.push(peerMs);
          tidings.push((lastUs - committedUs) / 1000);
          rowsMs.push((confirmedUs - committedUs) / 1000);
          afterLastMs.push((confirmedUs - lastUs) / 1000);
          blocked.push(blockedMs);
          databaseFloor.push(rowsFloor);
          busy.push(clientBusy);
        }
        rows.push({
          connections: `${number(n)} ${mode}`,
          'tidings ms': show(sample(tidings)),
          'bare ws ms': show(sample(floor)),
          'Socket.IO ms': show(sample(socketIo)),
          'to bare ws': number(sample(tidings).median / sample(floor).median),
          'Socket.IO to tidings': number(sample(socketIo).median / sample(tidings).median),
          'loop blocked ms, at most': show(sample(blocked)),
          'all receipts stored ms': show(sample(rowsMs)),
          'of that after the last frame': show(sample(afterLastMs)),
          'rows by plain pg ms': show(sample(databaseFloor)),
          'to plain pg': number(sample(rowsMs).median / sample(databaseFloor).median),
          'load client busy': `${number(sample(busy).median * 100)} %`,
        });
        const name = `${number(n)} ${mode}`;
        figures[`${name}, ms to the last frame`] = sample(tidings).median;
        figures[`${name}, ms until stored`] = sample(rowsMs).median;
        figures[`${name}, ms from the last frame until stored`] = sample(afterLastMs).median;
        figures[`${name}, loop blocked ms`] = sample(blocked).max;
        if (n === sizes.at(-1)) {
          const ms = `${show(sample(tidings))} ms`;
          verdicts.push(
            judge(
              `${name}, to bare ws`,
              { tidings: ms, floor: `${show(sample(floor))} ms` },
              sample(tidings).median / sample(floor).median,
              {
                atMost: 1.3,
              },
            ),
            judge(
              `${name}, Socket.IO to tidings`,
              { tidings: ms, peer: `${show(sample(socketIo))} ms` },
              sample(socketIo).median / sample(tidings).median,
              { atLeast: 1.5 },
            ),
            judge(
              `${name}, loop blocked at most`,
              { tidings: `${show(sample(blocked))} ms` },
              sample(blocked).max,
              { atMost: 20 },
              ' ms',
            ),
            judge(
              `${name}, rows to plain pg`,
              { tidings: `${show(sample(rowsMs))} ms`, floor: `${show(sample(databaseFloor))} ms` },
              sample(rowsMs).median / sample(databaseFloor).median,
              { atMost: 2 },
            ),
          );
        }
        caller.close();
        await db.end();
        await Promise.all([ours.stop(), theirs.stop(), peers.stop(), bare.stop(), peer.stop()]);
        await product.stop();
      }
    }
    return { rows, verdicts, figures };
  },
};

async function broadcast(server: Floor, client: LoadClient, n: number): Promise<number> {
  await client.mark();
  const all = client.expect(n);
  const { startUs } = await server.ask(`send 1 ${SIZE}`);
  return ((await all).lastUs - (startUs as number)) / 1000;
}

async function delivered(db: Client, id: string): Promise<number> {
  const sql = `SELECT count(*)::int AS n FROM messages WHERE global_message_id = $1 AND status = 'DELIVERED'`;
  return (await db.query<{ n: number }>(sql, [id])).rows[0]?.n ?? 0;
}
