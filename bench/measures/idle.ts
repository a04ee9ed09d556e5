import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { LossSignal } from '../../src/delivery/sweep/loss-signal.js';
import { SweepProgress } from '../../src/delivery/sweep/sweep-progress.js';
import { Sweeper } from '../../src/delivery/sweep/sweeper.js';
import { createStore, type Store } from '../../src/store/index.js';
import { cpuPer, cpuSeconds, readCpu } from '../lib/cpu.js';
import { startFloor } from '../lib/floor.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { residentKb } from '../lib/memory.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { number, sample, show } from '../lib/table.js';

/** Assumes a sweep every 0.6 to 0.8 of SWEEP_INTERVAL, which is 5 s. */
const BETWEEN_SWEEPS_MS = 3_500;
const DAY_MS = 86_400_000;

const CPU_EACH = 'µs of CPU per idle connection and second';
const REDIS_EACH = 'bytes in Redis per connected recipient';

export const idle: Measure = {
  name: 'idle',
  about:
    'memory and CPU per idle connection; CPU of one sweep over held recipients (node and PostgreSQL), and its share of a core',
  placement:
    'Memory: delivery node and floor on core 0, the load client on core 1. Sweeps run in this process, on the same store; nothing is pinned',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const connections = quick ? 500 : 10_000;
    const rows: Result['rows'] = [];
    const verdicts: Verdict[] = [];
    const figures: Result['figures'] = {};
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`memory, round ${round + 1}`);
      const recipients = Array.from({ length: connections }, (_, i) => `recipient-${i}`);
      const product = await startBenchProduct({ placement: { delivery: 0 } });
      const targets = await product.targets(recipients);
      const rest = async () => void Object.assign(figures, await resting(product, connections, quick));
      ours.push(await memory(product.deliveryPorts[0] as number, product.deliveryPids[0] as number, targets, rest));
      await product.stop();
      const floor = await startFloor('bench/floors/bare-ws.mjs', 0);
      bare.push(
        await memory(
          floor.port,
          floor.pid,
          recipients.map(() => '/'),
        ),
      );
      await floor.stop();
    }
    rows.push({
      what: `${number(connections)} idle connections, KB each`,
      tidings: show(sample(ours)),
      floor: `bare ws: ${show(sample(bare))}`,
      ratio: number(sample(ours).median / sample(bare).median),
    });
    rows.push(restingRow(figures));
    const perConnection = { tidings: `${show(sample(ours))} KB`, floor: `bare ws: ${show(sample(bare))} KB` };
    const ratio = sample(ours).median / sample(bare).median;
    verdicts.push(judge(`memory per connection at ${number(connections)}`, perConnection, ratio, { atMost: 1.5 }));
    figures['KB per idle connection'] = sample(ours).median;
    const product = await startBenchProduct();
    const store = createStore({
      databaseUrl: product.databaseUrl,
      poolMax: 10,
      maxPendingPerRecipient: 10_000,
      messageRetentionMs: 30 * DAY_MS,
      auditRetentionMs: 90 * DAY_MS,
      activityRetentionMs: 7 * 86_400_000,
      statusFeedRetentionMs: 5 * 86_400_000,
      metrics: noMetrics,
      logger: silentLogger,
    });
    await store.ready;
    const db = new Client(product.databaseUrl);
    await db.connect();
    const tenantId = (await db.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
    for (const pending of [0, quick ? 5_000 : 100_000]) {
      if (pending > 0) await addPending(db, tenantId, pending);
      for (const held of quick ? [1_000] : [10_000, 100_000]) {
        progress(`sweeps over ${held} held recipients, ${pending} messages pending for others`);
        const { nodeMs, postgresMs, tookMs } = await sweep(store, product.postgres.pid, tenantId, held, quick ? 3 : 20);
        const share = ((nodeMs + postgresMs) / BETWEEN_SWEEPS_MS) * 100;
        const what = `sweep over ${number(held)} recipients, ${number(pending)} pending for others`;
        figures[`${what}, ms of CPU`] = nodeMs + postgresMs;
        verdicts.push(
          judge(`${what}: share of a core`, { tidings: `${number(nodeMs + postgresMs)} ms of CPU` }, share, { atMost: 1 }, ' %'),
        );
        rows.push({
          what: `sweep over ${number(held)} held recipients, ${number(pending)} messages pending for others, ms of CPU`,
          tidings: `${number(nodeMs + postgresMs)} (node ${number(nodeMs)}, PostgreSQL ${number(postgresMs)}), in ${number(tookMs)} ms`,
          floor: '',
          ratio: `${number(share)} % of a core`,
        });
      }
    }
    await db.end();
    await store.close();
    await product.stop();
    return { rows, verdicts, figures };
  },
};

/** Measures what connections cost in which nothing happens but pings, and Redis for listening to their recipients. */
async function resting({ redis: { url, pid }, deliveryPids }: BenchProduct, connections: number, quick: boolean) {
  const redis = new Redis(url);
  const info = await redis.info('memory');
  redis.disconnect();
  const bytesOf = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  const bytes = (bytesOf('used_memory') - bytesOf('used_memory_startup')) / connections;
  const processes = { delivery: deliveryPids, redis: [pid] };
  const before = await readCpu(processes);
  const seconds = quick ? 1 : 20;
  await delay(seconds * 1000);
  const { delivery: cpu = 0 } = cpuPer(before, await readCpu(processes), connections * seconds);
  return { [CPU_EACH]: cpu, [REDIS_EACH]: bytes };
}

const restingRow = ({ [CPU_EACH]: cpu = 0, [REDIS_EACH]: bytes = 0 }: Result['figures']) => ({
  what: 'an idle connection, a second',
  tidings: `${number(cpu)} µs of CPU in the node, ${number(bytes)} bytes in Redis`,
  floor: '',
  ratio: '',
});

async function memory(
  port: number,
  pid: number,
  targets: readonly string[],
  rest: () => Promise<void> = async () => {},
): Promise<number> {
  const before = await residentKb(pid);
  const clients = await connectAll(port, targets, { cpu: 1 });
  // Garbage of the handshakes is collected meanwhile, as far as it will be.
  await delay(3_000);
  const each = ((await residentKb(pid)) - before) / targets.length;
  await rest();
  await clients.stop();
  return each;
}

/** Measures the sweeps of a node long after its start, one after the other, as if each came when due. */
async function sweep(store: Store, postgresPid: number, tenantId: string, held: number, times: number) {
  const names = new Set(Array.from({ length: held }, (_, i) => `recipient-${i}`));
  const recipients = {
    tenantIds: [tenantId],
    count: held,
    has: (_: string, recipient: string) => names.has(recipient),
    *[Symbol.iterator]() {
      for (const recipient of names) yield { tenantId, recipient };
    },
  };
  const registry = { tenants: () => [{ tenantId }], held: () => recipients, openedSince: () => [] };
  const findings = { pending() {}, global() {}, revoked() {}, inactive() {} };
  let now = 0;
  let planned = () => {};
  let look = () => {};
  const timers = {
    now: () => now,
    random: () => 0.5,
    after: (_: number, run: () => void) => {
      look = run;
      planned();
      return () => {};
    },
  };
  const { clock } = store;
  const intervalMs = BETWEEN_SWEEPS_MS / 0.7;
  const progress = new SweepProgress(clock, timers, intervalMs);
  const losses = new LossSignal();
  const sweeps = new Sweeper({ store, registry, findings, progress, losses, clock, timers, intervalMs, logger: silentLogger });
  const once = async (after: number) => {
    now += after;
    const done = new Promise<void>((resolve) => {
      planned = resolve;
    });
    look();
    await done;
  };
  await once(BETWEEN_SWEEPS_MS);
  await once(600_000);
  await once(BETWEEN_SWEEPS_MS);
  const postgresBefore = await cpuSeconds(postgresPid);
  const nodeBefore = process.cpuUsage();
  const began = performance.now();
  for (let i = 0; i < times; i++) await once(BETWEEN_SWEEPS_MS);
  const tookMs = (performance.now() - began) / times;
  const { user, system } = process.cpuUsage(nodeBefore);
  const postgresMs = (((await cpuSeconds(postgresPid)) - postgresBefore) * 1000) / times;
  sweeps.stop();
  return { nodeMs: (user + system) / 1000 / times, postgresMs, tookMs };
}

async function addPending(db: Client, tenantId: string, count: number): Promise<void> {
  await db.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT $1, message_id((extract(epoch FROM clock_timestamp()) * 1000)::bigint - 10000, nextval('message_seq')), 'away-' || n, 'x',
            clock_timestamp() - interval '10 seconds' FROM generate_series(1, $2) AS n`,
    [tenantId, count],
  );
  await db.query('VACUUM (ANALYZE) messages');
}
