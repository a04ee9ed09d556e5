import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startNode } from './node.js';

const run = promisify(execFile);
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-client-'));
  file = join(folder, 'tidings-client.mjs');
  const script = new URL('../../scripts/build-client.mjs', import.meta.url).href;
  const build = `const { buildClient } = await import(${JSON.stringify(script)}); await buildClient(${JSON.stringify(file)});`;
  await run(process.execPath, ['--input-type=module', '--eval', build]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the built client is one file of less than 4 KB compressed, as the documents say', async () => {
  const source = await readFile(file);
  expect(gzipSync(source, { level: 9 }).length).toBeLessThan(4 * 1024);
  expect(source.toString()).not.toMatch(/\b(import|require)\b *[({"']/);
});

test('the built client receives and acknowledges in a process that has nothing else', async () => {
  const node = await startNode();
  const ws = import.meta.resolve('ws');
  const program = `
    import { TidingsClient } from ${JSON.stringify(pathToFileURL(file).href)};
    import { WebSocket } from ${JSON.stringify(ws)};
    const client = new TidingsClient({
      WebSocket,
      connectionUri: () => ${JSON.stringify(node.url)},
      onMessage: ({ message }) => console.log(message),
      onState: (state) => { if (state === 'waiting') client.stop(); },
    });`;
  const ran = run(process.execPath, ['--input-type=module', '--eval', program]);
  const side = await node.connection();
  side.push('one', 'hello');
  await expect(side.acked(1)).resolves.toEqual(['one']);
  side.socket.close();
  await expect(ran).resolves.toMatchObject({ stdout: 'hello\n', stderr: '' });
  await node.stop();
});
