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
const copy = /`(cp -aL [^`]+)`/.exec(operations)?.[1] ?? '';

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

test('a copy of DATA_DIR, made as printed while the process is stopped, has everything', async () => {
  const id = await push('a text');
  await product.terminate();
  await shell(copy);
  await rm(product.dataDir, { recursive: true });
  await rename(join(folder, 'tidings-copy'), product.dataDir);
  await product.restart();
  await expect(product.ask(MESSAGE, { id })).resolves.toMatchObject({ message: { status: 'PENDING' } });
}, 60_000);
