import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { Api } from '../faults/lib/api.js';
import { Client } from '../faults/lib/client.js';
import { Ledger } from '../faults/lib/ledger.js';
import { Load } from '../faults/lib/load.js';
import { createDatabase, exited, freePort, leash, redisUrl, type TestDatabase, until } from '../support/index.js';

const PROGRAM = fileURLToPath(new URL('../../bin/tidings.mjs', import.meta.url));
const KEY = `tk_${randomBytes(32).toString('base64url')}`;
const WORKERS = 2;

/** A node of several workers, as a user runs it. */
class WorkersNode {
  readonly #child: ChildProcess;
  output = '';

  constructor(
    role: 'api' | 'delivery',
    readonly port: number,
    env: Record<string, string>,
  ) {
    this.#child = spawn(process.execPath, [PROGRAM, role, '--workers', String(WORKERS)], {
      env: { PATH: process.env.PATH, METRICS: 'public', ...env, [role === 'api' ? 'API_PORT' : 'DELIVERY_PORT']: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    leash(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  get readiness(): Promise<number | null> {
    return fetch(`http://127.0.0.1:${this.port}/readyz`).then(
      ({ status }) => status,
      () => null,
    );
  }

  ready(): Promise<void> {
    return until('the node to be ready', async () => {
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}: ${this.output}`);
      return (await this.readiness) === 200;
    });
  }

  /** Process ids of its workers. */
  async workers(): Promise<number[]> {
    const { pid } = this.#child;
    return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
  }

  async metric(name: string): Promise<number | undefined> {
    const lines = (await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text()).split('\n');
    const line = lines.find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }

  async terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await exited(this.#child);
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await exited(this.#child);
  }
}

let database: TestDatabase;
let api: WorkersNode;
let delivery: WorkersNode;
let calls: Api;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createDatabase();
  env = {
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: `workers-${randomBytes(4).toString('hex')}`,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    BOOTSTRAP_API_KEY: KEY,
    PUBLIC_DELIVERY_URL: 'ws://push.example',
    MAX_CONNECTIONS: '100',
    SHUTDOWN_DELAY: '0s',
    SHUTDOWN_SPREAD: '0s',
    SWEEP_INTERVAL: '1s',
  };
  api = new WorkersNode('api', await freePort(), env);
  delivery = new WorkersNode('delivery', await freePort(), env);
  calls = new Api(() => [`http://127.0.0.1:${api.port}`], KEY);
  await Promise.all([api.ready(), delivery.ready()]);
}, 60_000);

afterAll(async () => {
  calls?.close();
  await Promise.all([api?.stop(), delivery?.stop()]);
  await database?.drop();
});

test('an API node without SECRETS_KEY says once that there will be no webhooks', () => {
  const times = ({ output }: WorkersNode) => output.split('SECRETS_KEY is not set').length - 1;
  expect([times(api), times(delivery)]).toEqual([1, 0]);
});

test('workers killed under load are replaced, and nothing that was accepted is lost', async () => {
  const ledger = new Ledger();
  const recipients = Array.from({ length: 20 }, (_, i) => `recipient ${i}`);
  const clients = await Promise.all(
    recipients.map(async (recipient) => {
      const { token } = await calls.register(recipient);
      return new Client({ recipient, token, urls: () => [`ws://127.0.0.1:${delivery.port}`], ledger });
    }),
  );
  for (const client of clients) client.connect();
  await until('all to be connected', () => clients.every((client) => client.isOpen));
  // One /metrics for all: whichever worker answers.
  expect(await delivery.metric('tidings_connections')).toBe(recipients.length);

  const load = new Load({ api: calls, ledger, recipients, pushesPerSecond: 100 });
  load.start();
  const accepted = async (more: number) => {
    const goal = load.answered + more;
    await until('pushes to be answered', () => load.answered >= goal);
  };
  await accepted(50);
  for (const node of [delivery, api]) {
    const [victim = 0] = await node.workers();
    const during: Array<number | null> = [];
    process.kill(victim, 'SIGKILL');
    await accepted(50);
    await until('the worker to be replaced', async () => {
      during.push(await node.readiness);
      const now = await node.workers();
      return now.length === WORKERS && !now.includes(victim);
    });
    // The other serves; a question that was put to the one that died has no answer.
    expect(during.filter((status) => status !== 200 && status !== null)).toEqual([]);
    await node.ready();
    expect(node.output).toContain('a worker died and is replaced');
  }
  await accepted(50);
  const report = await load.stop();
  await until('everything to be delivered', () => ledger.outstanding().length === 0);
  await until('all receipts to be recorded', async () => (await calls.list({ status: 'PENDING' })).length === 0);
  await Promise.all(clients.map((client) => client.stop()));

  const verdict = ledger.judge(await calls.list({}), 0);
  expect(report.unanswered).toBe(0);
  expect(verdict).toMatchObject({ lost: [], missing: [], duplicates: [], falselyDelivered: [], repeatsOnOneConnection: 0 });
}, 60_000);

test('limits are the node’s, whatever the number of workers', async () => {
  expect(await delivery.metric('tidings_limit{limit="connections"}')).toBe(100);
  expect(await delivery.metric('tidings_limit{limit="unconfirmed_messages"}')).toBe(256);
});

test('all workers take connections, and together no more than the node may', async () => {
  const port = await freePort();
  const node = new WorkersNode('delivery', port, { ...env, MAX_CONNECTIONS: '60' });
  const open: WebSocket[] = [];
  /** Opens a connection of a recipient; answers whether it was let in. */
  const connects = async (recipient: string): Promise<boolean> => {
    const { token } = await calls.register(recipient);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`);
    open.push(socket);
    return new Promise((resolve) => {
      socket.on('open', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
  };
  try {
    await node.ready();
    const workers = await node.workers();
    let admitted = 0;
    // Each place is there once the workers have heard of each other: the last one may be nobody's.
    while (admitted < 59) if (await connects(`crowd ${open.length}`)) admitted++;
    expect(await node.metric('tidings_connections')).toBe(59);
    const late = await Promise.all(Array.from({ length: 20 }, (_, i) => connects(`late ${i}`)));
    expect(late.filter(Boolean).length).toBeLessThanOrEqual(1);
    expect(await node.workers()).toEqual(workers);
  } finally {
    for (const socket of open) socket.terminate();
    await node.stop();
  }
}, 60_000);

test('counts of tenants are those of all workers, on ADMIN_PORT alone', async () => {
  const adminPort = await freePort();
  const node = new WorkersNode('api', await freePort(), { ...env, ADMIN_PORT: `${adminPort}` });
  const own = new Api(() => [`http://127.0.0.1:${node.port}`], KEY);
  try {
    const admin = (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`);
    await until('the node to be ready', () =>
      admin('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const pushed = 20;
    for (let i = 0; i < pushed; i++) {
      await own.call('mutation { pushMessage(input: { recipients: ["nobody"], message: "x" }) { index } }');
      own.close();
    }
    expect(await (await admin('/tenant-metrics')).text()).toContain(
      `tidings_tenant_messages_accepted_total{tenant="default"} ${pushed}\n`,
    );
    expect((await fetch(`http://127.0.0.1:${node.port}/tenant-metrics`)).status).toBe(404);
  } finally {
    await node.stop();
  }
});

test('a port that is taken is told once, and ends the node', async () => {
  const second = new WorkersNode('api', api.port, { ...env, LOG_LEVEL: 'warn' });
  await until('it to end', async () => (await second.workers().catch(() => null)) === null);
  expect(await second.terminate()).toBe(1);
  expect(second.output.trim().split('\n')).toEqual([expect.stringContaining('EADDRINUSE')]);
});

test('SIGTERM ends all workers in good order', async () => {
  const workers = [...(await api.workers()), ...(await delivery.workers())];
  expect(workers).toHaveLength(2 * WORKERS);
  expect(await Promise.all([api.terminate(), delivery.terminate()])).toEqual([0, 0]);
  for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
