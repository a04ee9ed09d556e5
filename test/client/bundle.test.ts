import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  file = join(folder, 'index.js');
  const script = new URL('../../scripts/build-client.mjs', import.meta.url).href;
  const build = `const { buildEntries } = await import(${JSON.stringify(script)}); await buildEntries(${JSON.stringify(folder)});`;
  await run(process.execPath, ['--input-type=module', '--eval', build]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['index.js', 4, []],
  ['react.js', 1, ['react', './index.js']],
  ['tabs.js', 2, ['./index.js']],
])('%s has at most %d KB compressed, and imports nothing that it could bring along', async (name, kilobytes, imported) => {
  const source = await readFile(join(folder, name));
  expect(gzipSync(source, { level: 9 }).length).toBeLessThanOrEqual(kilobytes * 1024);
  const found = source.toString().matchAll(/\b(?:from|import|require)\b *\(? *"([^"]+)"/g);
  expect([...new Set([...found].map(([, specifier]) => specifier))].sort()).toEqual([...imported].sort());
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
