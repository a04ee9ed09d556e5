import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Product, startServe } from '../support/product.js';
import { MESSAGE, PUSH_MESSAGE } from './documents.js';

const run = promisify(execFile);
const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const command = (word: string) =>
  [...operations.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block).find((block) => block?.includes(word)) as string;

let product: Product;
let folder: string;

beforeEach(async () => {
  product = await startServe();
  folder = await mkdtemp(join(tmpdir(), 'tidings-back-up-'));
  await symlink(product.dataDir, join(folder, '.tidings'));
}, 60_000);

afterEach(async () => {
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
});

const shell = async (script: string) => (await run('sh', ['-euc', script], { cwd: folder })).stdout;

async function push(message: string): Promise<string> {
  const { pushMessage } = await product.ask<{ pushMessage: [{ item: { id: string } }] }>(PUSH_MESSAGE, {
    input: { recipients: ['somebody'], message },
  });
  return pushMessage[0].item.id;
}

test('the embedded database can be reached for a dump while it runs, by the address that is printed', async () => {
  const id = await push('a text');
  // pg_dump must be of the server's major version, which few machines have; psql takes the same address.
  const address = /pg_dump (.*) tidings > tidings\.sql/.exec(command('pg_dump'))?.[1];
  const count = await shell(`psql ${address} -Atc "SELECT count(*) FROM messages WHERE id = '${id}'" tidings`);
  expect(count.trim()).toBe('1');
}, 60_000);

test('a copy of DATA_DIR, made as printed while the process is stopped, has everything', async () => {
  const id = await push('a text');
  await product.terminate();
  await shell(command('cp -aL'));
  await rm(product.dataDir, { recursive: true });
  await rename(join(folder, 'tidings-copy'), product.dataDir);
  await product.restart();
  await expect(product.ask(MESSAGE, { id })).resolves.toMatchObject({ message: { status: 'PENDING' } });
}, 60_000);
