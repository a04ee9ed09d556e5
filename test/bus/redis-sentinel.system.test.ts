import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRedisBus, type RedisBus } from '../../src/bus/redis-bus.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { type BusEvent, recipientChannel } from '../../src/core/ports/message-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { exited, freePort, leash, startRedis, type TestRedis, until } from '../support/index.js';

const SENTINELS = 3;
const TENANT = '019aa0b0-0000-7000-8000-000000000000';

let folder: string;
let primary: TestRedis;
let replica: TestRedis;
const sentinels: ChildProcess[] = [];
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-sentinel-'));
  primary = await startRedis({ args: ['--masterauth', 'secret'] });
  replica = await startRedis({ args: ['--masterauth', 'secret', '--replicaof', `127.0.0.1 ${primary.port}`] });
  for (const { port } of [primary, replica]) await ask(port, 'CONFIG SET requirepass secret');
  const ports: number[] = [];
  for (let i = 0; i < SENTINELS; i++) {
    const port = await freePort();
    const file = join(folder, `sentinel-${i}.conf`);
    const lines = [
      ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor main 127.0.0.1 ${primary.port} 2`],
      ...['requirepass guarded', 'sentinel sentinel-pass guarded', 'sentinel auth-pass main secret'],
      ...['sentinel down-after-milliseconds main 500', 'sentinel failover-timeout main 3000'],
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    sentinels.push(leash(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore', detached: true })));
    ports.push(port);
  }
  for (const port of ports) {
    await until('the sentinels to know each other and the replica', async () =>
      /num-slaves\r\n\$\d+\r\n1\r\n[\s\S]*num-other-sentinels\r\n\$\d+\r\n2\r\n/.test(
        await ask(port, 'SENTINEL MASTER main', 'guarded'),
      ),
    );
  }
  url = `redis+sentinel://:secret@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/main?sentinel_password=guarded`;
}, 60_000);
afterAll(async () => {
  for (const sentinel of sentinels) {
    sentinel.kill('SIGKILL');
    await exited(sentinel);
  }
  await primary.stop();
  await replica.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks a server on 127.0.0.1 and returns what comes of its answer at once. */
const ask = (port: number, command: string, password?: string): Promise<string> =>
  new Promise((resolve) => {
    const lines = password === undefined ? [command] : [`AUTH ${password}`, command];
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n`));
    socket.on('data', (data) => {
      const answer = password === undefined ? data.toString() : data.toString().replace(/^\+OK\r\n/, '');
      if (answer === '') return;
      resolve(answer);
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
  });

const open = (): RedisBus => createRedisBus({ url, prefix: 'sentinel', metrics: noMetrics, logger: silentLogger });

test('the bus finds the primary by its sentinels, and the next one after a fail-over', async () => {
  const [one, other] = [open(), open()];
  const heard: BusEvent[] = [];
  const event = { type: 'tenant-disabled' } as const;
  const channel = recipientChannel(TENANT, 'ann');
  try {
    await other.subscribe(channel, (found) => heard.push(found));
    await until('both to have Redis', () => one.available && other.available);
    await one.publish([{ channel, event }]);
    await until('the event to arrive', () => heard.length === 1);
    await primary.kill();
    await until('both to notice', () => !one.available && !other.available);
    await until('the replica to be the primary, and both to have it', () => one.available && other.available, 40_000);
    await until(
      'an event to arrive by the new primary',
      async () => {
        await one.publish([{ channel, event }]);
        return heard.length > 1;
      },
      20_000,
    );
    expect(heard.every(({ type }) => type === 'tenant-disabled')).toBe(true);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}, 90_000);
