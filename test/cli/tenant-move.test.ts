import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { TidingsClient } from '../../packages/client/src/index.js';
import { Tidings } from '../../packages/sdk/src/index.js';
import { runCommand } from '../support/command.js';
import { startServe, until } from '../support/index.js';

type Cell = Awaited<ReturnType<typeof startServe>>;

const CALLERS = 8;

let folder: string;
let from: Cell;
let to: Cell;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-move-'));
  // One secret for both: a token of before is genuine in the other cell, too.
  const env = { TOKEN_SECRET: randomBytes(32).toString('hex') };
  [from, to] = await Promise.all([startServe(env), startServe(env)]);
}, 60_000);
afterAll(async () => {
  await Promise.all([from?.stop(), to?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function tidings(cell: Cell, ...argv: string[]) {
  const { status, out, err } = await runCommand([...argv, '--json'], { DATA_DIR: cell.dataDir });
  if (status !== 0) throw new Error(err);
  return JSON.parse(out);
}

/** Plays the tenant's address, which the operator leads to a cell; to none: the proxy answers 503. */
class Address {
  lostAnswers = 0;

  constructor(public cell: Cell | null) {}

  readonly fetch = async (_: unknown, init: RequestInit | undefined) => {
    const { cell } = this;
    if (cell === null) return new Response(null, { status: 503 });
    const answer = await fetch(cell.apiUrl, init);
    if (this.cell === cell) return answer;
    this.lostAnswers++;
    throw new TypeError('the connection was cut');
  };
}

/** Pushes all the time, one call after the other in each caller, and leaves failures to the SDK. */
class Backend {
  readonly accepted = new Map<string, string>();
  readonly refused: unknown[] = [];
  #going = true;
  #pushed = 0;

  constructor(private readonly sdk: Tidings) {}

  async run(): Promise<void> {
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (this.#going) await this.#push(this.#pushed++);
      }),
    );
  }

  stop(): void {
    this.#going = false;
  }

  async #push(n: number): Promise<void> {
    const recipients = [n % 2 === 0 ? 'reader' : 'absent'];
    try {
      const [entry] = await this.sdk.pushMessage({ recipients, message: `${n}` });
      if (entry?.item) this.accepted.set(`${n}`, entry.item.id);
      else this.refused.push(entry);
    } catch (error) {
      this.refused.push(error);
      this.stop();
    }
  }
}

test('a tenant moves to another cell while its backend goes on pushing: nothing is lost, and nothing comes twice', async () => {
  await tidings(from, 'tenant', 'create', 'acme');
  const { key: apiKey } = await tidings(from, 'key', 'create', '--tenant', 'acme', '--role', 'full');
  const address = new Address(from);
  const sdk = new Tidings({ url: 'http://acme.invalid', apiKey, retryForMs: 120_000, fetch: address.fetch });
  await sdk.setStatusFeed({ enabled: true });
  await sdk.createWebhook({ url: 'https://hooks.example.com/', events: ['DELIVERED'] });

  const shown: string[] = [];
  const page = new TidingsClient({
    connectionUri: async () => (await sdk.registerRecipient({ recipient: 'reader' })).connectionUri,
    onMessage: ({ message }) => void shown.push(message),
    retryMs: [50, 500],
    onError: () => {},
    WebSocket,
  });
  const backend = new Backend(sdk);
  const pushing = backend.run();
  try {
    await until('messages to be shown', () => shown.length > 20);

    // As docs/operations.md says it.
    address.cell = null;
    await tidings(from, 'tenant', 'disable', 'acme');
    const file = join(folder, 'acme.jsonl');
    await tidings(from, 'tenant', 'export', 'acme', file);
    await tidings(to, 'tenant', 'import', file);
    await tidings(to, 'tenant', 'enable', 'acme');
    const moved = backend.accepted.size;
    address.cell = to;

    await until('pushes to go on', () => backend.accepted.size > moved + 40, 30_000);
    await tidings(from, 'tenant', 'delete', 'acme', '--yes');
  } finally {
    backend.stop();
    await pushing;
  }
  expect(backend.refused).toEqual([]);
  // Some were committed in the old cell, and their answers never came.
  expect(address.lostAnswers).toBeGreaterThan(0);

  const texts = [...backend.accepted.keys()];
  const forReader = texts.filter((text) => Number(text) % 2 === 0);
  await until('everything to be shown', () => shown.length >= forReader.length);
  await until(
    'receipts to be recorded',
    async () => (await sdk.messageCounts({ filter: { recipient: 'reader' } })).pending === 0,
  );
  page.stop();
  expect([...shown].sort()).toEqual(forReader.sort());

  const stored = new Map<string, string[]>();
  for await (const { id, message, status } of sdk.messages({})) {
    stored.set(message ?? '', [...(stored.get(message ?? '') ?? []), `${id} ${status}`]);
  }
  const owed = [...backend.accepted].map(([text, id]) => [text, [`${id} ${Number(text) % 2 === 0 ? 'DELIVERED' : 'PENDING'}`]]);
  expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(owed));

  // Nothing is posted before its owner has a secret that this cell can read.
  expect(await sdk.webhooks()).toMatchObject([
    { state: 'DISABLED', stateReason: expect.stringContaining('rotateWebhookSecret') },
  ]);
  expect((await tidings(from, 'tenant', 'list')).map(({ name }: { name: string }) => name)).not.toContain('acme');
}, 120_000);
