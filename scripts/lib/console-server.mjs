import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { here } from './files.mjs';

/**
 * Starts a whole installation with data of its own, whose webhooks reach this machine.
 * @returns its URL, a key that may do everything, and a function that ends it
 */
export async function startServer() {
  const [api, delivery] = [await freePort(), await freePort()];
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-console-'));
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const child = spawn(process.execPath, [here('bin/tidings.mjs'), 'serve'], {
    env: {
      ...{ PATH: process.env.PATH, DATA_DIR: dataDir, BOOTSTRAP_API_KEY: key, WEBHOOK_ALLOW: '127.0.0.0/8' },
      ...{ API_PORT: `${api}`, DELIVERY_PORT: `${delivery}`, SHUTDOWN_SPREAD: '1s' },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${api}`;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (
    !(await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    ...{ url, key },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
