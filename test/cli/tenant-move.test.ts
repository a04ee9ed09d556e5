import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '../../src/store/database/migrations.js';
import { type Installation, startInstallation } from '../adapters/support.js';
import { runCommand } from '../support/command.js';
import { redisUrl, until } from '../support/index.js';

let folder: string;
let former: Installation;
let next: Installation;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-move-'));
  const options = { deliveryNodes: 1, redisUrl };
  [former, next] = await Promise.all([startInstallation(options), startInstallation(options)]);
}, 60_000);
afterAll(async () => {
  await Promise.all([former.stop(), next.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const PUSH = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id } error { code } } }';

/** Pushes with an idempotency key. Returns the id; null where it is to be repeated. */
async function push(url: string, key: string, n: number): Promise<string | null> {
  const input = { recipients: ['user-1'], message: `message ${n}`, idempotencyKey: `push-${n}` };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query: PUSH, variables: { input } }),
  }).catch(() => null);
  const { data } = ((await response?.json().catch(() => null)) ?? {}) as {
    data?: { pushMessage: Array<{ item: { id: string } }> | null };
  };
  return data?.pushMessage?.[0]?.item.id ?? null;
}

test('a tenant moves while its backend goes on pushing: nothing is lost, nothing comes twice', async () => {
  const [from, to] = [former, next].map(({ config }) => ({ DATABASE_URL: config().store.databaseUrl }));
  const tidings = async (env: Record<string, string> | undefined, ...argv: string[]) => {
    const outcome = await runCommand(argv, env ?? {});
    if (outcome.status !== 0) throw new Error(outcome.err);
    return outcome.out;
  };
  await tidings(from, 'tenant', 'create', 'acme');
  const { key } = JSON.parse(await tidings(from, 'key', 'create', '--tenant', 'acme', '--role', 'full', '--json')) as {
    key: string;
  };
  const ids = new Map<number, string>();
  let url = former.apiUrl;
  let stopped = false;
  // As the SDK does: the same key again and again until there is an answer.
  const backend = (async () => {
    for (let n = 0; !stopped; n++) {
      let id = await push(url, key, n);
      while (id === null) {
        await delay(50);
        id = await push(url, key, n);
      }
      ids.set(n, id);
    }
  })();
  const file = join(folder, 'acme.jsonl');
  await until('some pushes', () => ids.size > 20);
  await tidings(from, 'tenant', 'disable', 'acme');
  await tidings(from, 'tenant', 'export', 'acme', file);
  await tidings(to, 'tenant', 'import', file);
  await tidings(to, 'tenant', 'enable', 'acme');
  const moved = ids.size;
  url = next.apiUrl;
  await until('pushes in the new place', () => ids.size > moved + 20);
  stopped = true;
  await backend;
  const rows = await withClient(to?.DATABASE_URL ?? '', async (client) => {
    const found = await client.query<{ id: string; message: string }>(
      `SELECT m.id, m.message FROM messages m JOIN tenants t ON t.id = m.tenant_id WHERE t.name = 'acme'`,
    );
    return found.rows;
  });
  const expected = [...ids].map(([n, id]) => ({ id, message: `message ${n}` }));
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
  expect(rows.sort(byId)).toEqual(expected.sort(byId));
}, 60_000);
