import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { startApi, type TestApi } from '../api/support/api.js';
import { exited, leash, until } from '../support/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEY = 'tk_of_the_examples';

let api: TestApi;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  api = await startApi();
  api.keys.add(KEY, { tenantId: api.tenantId });
  folder = await mkdtemp(join(ROOT, '.cache/examples-'));
  env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TIDINGS_URL: api.url, TIDINGS_API_KEY: KEY };
});
afterAll(async () => {
  await api.node.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the backend in Python registers, pushes, asks and cancels', async () => {
  const { stdout } = await promisify(execFile)('python3', [join(ROOT, 'examples/http/backend.py')], { env });
  expect(stdout).toBe('connect: ws://127.0.0.1:4001/?\npushed: PENDING\nasked: PENDING\ncancelled: 1\n');
});

test('the backend in TypeScript lets a page connect, pushes once, and tells what became of it', async () => {
  const outfile = join(folder, 'server.mjs');
  await build({
    entryPoints: [join(ROOT, 'examples/backend/server.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['express'],
    alias: { '@tidings/sdk': join(ROOT, 'packages/sdk/src/index.ts') },
    logLevel: 'error',
  });
  const child = leash(spawn(process.execPath, [outfile], { env: { ...env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] }));
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await until('the backend to listen', () => output.includes('"port":'));
  const url = `http://127.0.0.1:${/"port":(\d+)/.exec(output)?.[1]}`;
  const ask = async (method: string, path: string) => {
    const answer = await fetch(`${url}${path}`, { method });
    return { status: answer.status, body: (await answer.json().catch(() => null)) as Record<string, string> | null };
  };

  expect(await ask('POST', '/connection')).toMatchObject({
    status: 200,
    body: { connectionUri: expect.stringMatching(/^ws:.*token=/) },
  });
  const first = await ask('POST', '/reports/7/ready');
  expect(first).toMatchObject({ status: 202, body: { status: 'PENDING' } });
  expect((await ask('POST', '/reports/7/ready')).body?.id).toBe(first.body?.id);
  expect(await ask('GET', `/messages/${first.body?.id}`)).toMatchObject({ status: 200, body: { status: 'PENDING' } });
  expect((await ask('GET', '/messages/none')).status).toBe(404);
  expect((await ask('POST', '/webhook')).status).toBe(400);
  child.kill();
  await exited(child);
});
