import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { runCommand } from '../support/command.js';
import { copyEmptyCluster, exited, freePort, leash, until } from '../support/index.js';

const PROGRAM = fileURLToPath(new URL('../../bin/tidings.mjs', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-logs-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Running {
  child: ChildProcess;
  /** Lines of both streams so far. */
  lines(): string[];
}

async function start(args: string[], env: Record<string, string>): Promise<Running> {
  await copyEmptyCluster(join(folder, 'postgres'));
  const child = leash(
    spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  return { child, lines: () => text.split('\n').filter((line) => line !== '') };
}

interface Line {
  msg: string;
  apiKey?: string;
  urls: { api: string };
  [field: string]: unknown;
}
const parsed = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line));

test('on a pipe each line of a node is JSON; at debug it tells of connects, closes, refusals, pushes and failed calls', async () => {
  const delivery = await freePort();
  const { child, lines } = await start(['serve'], {
    ...{ DATA_DIR: folder, API_PORT: '0', DELIVERY_PORT: `${delivery}`, LOG_LEVEL: 'debug', SHUTDOWN_SPREAD: '0' },
  });
  await until('it to be ready', () => lines().some((line) => line.includes('is ready (serve)')), 60_000);
  const ready = parsed(lines()).find(({ msg }) => msg.includes('is ready (serve)')) as Line;
  expect(ready).toMatchObject({ level: 'info', role: 'serve', apiKey: expect.stringMatching(/^tk_/) });
  const ask = async (query: string) => {
    const response = await fetch(ready.urls.api, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': ready.apiKey ?? '', 'x-request-id': 'asked-by-test' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { data: { registerRecipient: { connectionUri: string } } };
  };
  const { data } = await ask('mutation { registerRecipient(input: { recipient: "Ann Smith" }) { connectionUri } }');
  const socket = new WebSocket(data.registerRecipient.connectionUri, { headers: { 'x-request-id': 'the-connect' } });
  await new Promise((resolve) => socket.once('open', resolve));
  await ask('mutation { pushMessage(input: { recipients: ["Ann Smith"], message: "secret words" }) { index } }');
  await ask('mutation { cancelMessages(input: {}) { cancelled } }');
  const refused = new WebSocket(`ws://127.0.0.1:${delivery}/?token=nonsense`);
  await new Promise((resolve) => refused.once('error', resolve));
  socket.close(1000);
  const told = (msg: string) => parsed(lines()).find((line) => line.msg === msg);
  await until('the close to be told', () => told('closed') !== undefined);
  expect(told('connected')).toMatchObject({ requestId: 'the-connect', protocol: 'plain', address: '127.0.0.1' });
  expect(told('closed')).toMatchObject({ requestId: 'the-connect', code: 1000 });
  expect(told('handshake refused')).toMatchObject({ reason: 'token-malformed', status: 401, address: '127.0.0.1' });
  expect(told('pushed')).toMatchObject({ operation: 'pushMessage', requestId: 'asked-by-test', bytes: 12 });
  expect(told('call failed')).toMatchObject({ operation: 'cancelMessages', code: 'BAD_USER_INPUT' });
  // One name for a recipient wherever it stands.
  expect(told('pushed')?.recipient).toMatch(/^[\da-f]{64}$/);
  expect(told('connected')?.recipient).toBe(told('pushed')?.recipient);
  child.kill('SIGTERM');
  await exited(child);
  const text = lines().join('\n');
  for (const secret of ['Ann Smith', 'secret words', 'nonsense']) expect(text).not.toContain(secret);
  for (const line of lines()) expect(typeof JSON.parse(line)).toBe('object');
}, 90_000);

test('a port that is in use is told with the variable that names it, on a pipe as JSON', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  try {
    const { child, lines } = await start(['serve'], { DATA_DIR: folder, API_PORT: '0', DELIVERY_PORT: `${port}` });
    await exited(child);
    await until('its last line', () => lines().some((line) => line.includes('fatal')));
    expect(child.exitCode).toBe(1);
    expect(parsed(lines()).at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringMatching(new RegExp(`port ${port} .* in use .*set DELIVERY_PORT`)),
    });
  } finally {
    taken.close();
  }
}, 60_000);

test.each([[['tenant', 'list']], [['migrate']], [['backup', 'x']], [['key', 'revoke', '019aa0b0-0000-7000-8000-000000000000']]])(
  'a command makes no database: %j',
  async (argv) => {
    const dataDir = join(folder, 'none');
    const { status, out, err } = await runCommand(argv, { DATA_DIR: dataDir });
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(new RegExp(`^tidings: there is no database in DATA_DIR ${dataDir}: run "tidings serve".*\\n$`));
    expect(await readdir(folder)).toEqual([]);
  },
);
