import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { leash } from '../../test/support/leash.js';
import { startPostgres, type TestPostgres } from '../../test/support/postgres.js';
import { exited, freePort } from '../../test/support/process.js';
import { startRedis, type TestRedis } from '../../test/support/redis.js';
import { GraphqlCaller } from './graphql-caller.js';

/** Pins processes to cores; the kernel places those that are undefined. */
interface Placement {
  api?: number;
  delivery?: number;
  postgres?: number;
  redis?: number;
}

export interface BenchProductOptions {
  apiNodes?: number;
  deliveryNodes?: number;
  placement?: Placement;
  env?: Record<string, string>;
  postgresSettings?: Record<string, string>;
  /**
   * Measures how long the event loops of delivery nodes are blocked; see `longestBlockMs`. `cpu`: those of all
   * nodes, in CPU time of their main threads.
   */
  watchLoop?: boolean | 'cpu';
}

/** Runs separate nodes on a private, durable PostgreSQL and a private Redis. */
export interface BenchProduct {
  postgres: TestPostgres;
  databaseUrl: string;
  redis: TestRedis;
  apiKey: string;
  apiPorts: number[];
  deliveryPorts: number[];
  apiPids: number[];
  deliveryPids: number[];
  /** Registers these recipients and returns their request targets (`/?token=…`). */
  targets(recipients: readonly string[], extra?: Record<string, unknown>, apiKey?: string): Promise<string[]>;
  caller(node?: number): GraphqlCaller;
  metrics(port: number): Promise<Map<string, number>>;
  /**
   * Returns the longest block of a node's event loop since the last call, with `watchLoop`. It is up to 1 ms
   * too long, the period of its timer.
   */
  longestBlockMs(node?: number, role?: 'api' | 'delivery'): Promise<number>;
  stop(): Promise<void>;
}

const API_KEY = `tk_${'benchmark-'.repeat(5)}`.slice(0, 46);

/** Names the checkout whose product is measured: this one, or the one it is compared with. */
const PRODUCT = process.env.TIDINGS_BENCH_PRODUCT ?? process.cwd();
const PROGRAM = join(PRODUCT, 'bin/tidings.mjs');

const pinned = (cpu: number | undefined, command: string[]) =>
  cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];

async function ready(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (response?.status === 200) return;
    await delay(50);
  }
  throw new Error(`the node on port ${port} does not become ready`);
}

/** Settings of a production server of this size, with durability on. */
export const POSTGRES_SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  checkpoint_timeout: '60s',
  wal_compression: 'on',
};

export async function startBenchProduct(options: BenchProductOptions = {}): Promise<BenchProduct> {
  const { placement = {} } = options;
  const postgres = await startPostgres({ settings: { ...POSTGRES_SETTINGS, ...options.postgresSettings } });
  const redis = await startRedis();
  if (placement.postgres !== undefined) await pin(postgres.pid, placement.postgres);
  if (placement.redis !== undefined) await pin(redis.pid, placement.redis);
  const firstDeliveryPort = await freePort();
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    TOKEN_SECRET: 'a secret of the benchmarks that is long enough',
    BOOTSTRAP_API_KEY: API_KEY,
    PUBLIC_DELIVERY_URL: `ws://127.0.0.1:${firstDeliveryPort}`,
    MAX_HANDSHAKES_PER_SECOND: '100000',
    MAX_CONNECTIONS: '200000',
    MAX_CONNECTIONS_PER_RECIPIENT: '200000',
    LOG_LEVEL: 'warn',
    METRICS: 'public',
    SHUTDOWN_DELAY: '0s',
    SHUTDOWN_SPREAD: '0s',
    ...options.env,
  };
  await migrate(env);
  const loops = options.watchLoop ? mkdtempSync(join(tmpdir(), 'loops-')) : null;
  const byCpu = options.watchLoop === 'cpu';
  const watched = {
    ...(loops && { NODE_OPTIONS: `--import=${resolve('bench/lib/watch-loop.mjs')}`, TIDINGS_BENCH_LOOP: loops }),
    ...(byCpu && { TIDINGS_BENCH_LOOP_CPU: '1' }),
  };
  const api: Node[] = [];
  const apiEnv = byCpu ? { ...env, ...watched } : env;
  for (let i = 0; i < (options.apiNodes ?? 1); i++) api.push(await startNode('api', await freePort(), apiEnv, placement.api));
  const delivery: Node[] = [];
  for (let i = 0; i < (options.deliveryNodes ?? 1); i++) {
    const port = i === 0 ? firstDeliveryPort : await freePort();
    delivery.push(await startNode('delivery', port, { ...env, ...watched }, placement.delivery));
  }
  const apiPorts = api.map(({ port }) => port);
  const apiPids = api.map(({ pid }) => pid);
  const deliveryPids = delivery.map(({ pid }) => pid);
  const caller = (node = 0) => new GraphqlCaller(apiPorts[node] as number, API_KEY);
  return {
    postgres,
    databaseUrl: postgres.url,
    redis,
    apiKey: API_KEY,
    apiPorts,
    deliveryPorts: delivery.map(({ port }) => port),
    apiPids,
    deliveryPids,
    targets: (recipients, extra = {}, apiKey = API_KEY) =>
      register(() => new GraphqlCaller(apiPorts[0] as number, apiKey), recipients, extra),
    caller,
    metrics: readMetrics,
    async longestBlockMs(node = 0, role = 'delivery') {
      if (loops === null) throw new Error('nobody watches the event loops');
      const pids = role === 'api' ? apiPids : deliveryPids;
      return Number(await text(connect(join(loops, String(pids[node])))));
    },
    async stop() {
      await Promise.all([...api, ...delivery].map((node) => node.stop()));
      await redis.stop();
      await postgres.stop();
      if (loops) rmSync(loops, { recursive: true });
    },
  };
}

function migrate(env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, 'migrate'], { env, cwd: PRODUCT, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('exit', (status) => (status === 0 ? resolve() : reject(new Error(`migrate ended with ${status}`))));
  });
}

interface Node {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

async function startNode(role: 'api' | 'delivery', port: number, env: NodeJS.ProcessEnv, cpu?: number): Promise<Node> {
  const [command, ...args] = pinned(cpu, [process.execPath, PROGRAM, role]);
  const child = spawn(command as string, args, {
    env: { ...env, [role === 'api' ? 'API_PORT' : 'DELIVERY_PORT']: String(port) },
    cwd: PRODUCT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  leash(child);
  await ready(port);
  return {
    port,
    pid: child.pid as number,
    async stop() {
      child.kill('SIGKILL');
      await exited(child);
    },
  };
}

/** Registers the recipients, 32 at a time, and returns their request targets. */
async function register(
  open: () => GraphqlCaller,
  recipients: readonly string[],
  extra: Record<string, unknown>,
): Promise<string[]> {
  const found: string[] = new Array(recipients.length);
  let next = 0;
  const worker = async () => {
    const caller = open();
    while (next < recipients.length) {
      const i = next++;
      const body = JSON.stringify({
        query: 'mutation($input:RegisterRecipientInput!){registerRecipient(input:$input){token}}',
        variables: { input: { recipient: recipients[i], ...extra } },
      });
      const answer = await caller.post(body);
      found[i] = `/?token=${JSON.parse(answer.body).data.registerRecipient.token}`;
    }
    caller.close();
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return found;
}

async function readMetrics(port: number): Promise<Map<string, number>> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return new Map(
    page
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

function pin(pid: number, cpu: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-a', '-c', '-p', String(cpu), String(pid)], { stdio: 'ignore' });
    child.once('exit', (status) => (status === 0 ? resolve() : reject(new Error(`taskset ended with ${status}`))));
  });
}
