import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { leash } from '../../test/support/leash.js';
import { freePort } from '../../test/support/process.js';
import { havePackage } from './debian.js';
import { nowUs } from './graphql-caller.js';

export const NATS_PROGRAM = '/usr/sbin/nats-server';

/** Runs NATS core with its WebSocket listener, a peer for bursts. */
export interface Nats {
  webSocketPort: number;
  /** Publishes texts to everybody in one write; returns when it began, in microseconds since 1970. */
  publish(count: number, text: string): number;
  stop(): Promise<void>;
}

/** Starts NATS. Returns null if this machine has no nats-server. */
export async function startNats(cpu: number): Promise<Nats | null> {
  if (!havePackage('nats-server', NATS_PROGRAM)) return null;
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-nats-'));
  const port = await freePort();
  const webSocketPort = await freePort();
  const config = path.join(folder, 'nats.conf');
  writeFileSync(
    config,
    `host: 127.0.0.1\nport: ${port}\nmax_connections: 100000\nwrite_deadline: "60s"\nmax_pending: 256MB\n` +
      `websocket { host: 127.0.0.1, port: ${webSocketPort}, no_tls: true }\n`,
  );
  const child = spawn('taskset', ['-c', String(cpu), NATS_PROGRAM, '-c', config], { stdio: 'ignore', detached: true });
  leash(child, { folder });
  const socket = await reachNats(port);
  socket.write('CONNECT {"verbose":false,"pedantic":false}\r\n');
  socket.on('data', (data) => {
    if (data.includes('PING')) socket.write('PONG\r\n');
  });
  return {
    webSocketPort,
    publish(count, text) {
      const began = nowUs();
      socket.write(`PUB all ${Buffer.byteLength(text)}\r\n${text}\r\n`.repeat(count));
      return began;
    },
    stop: () =>
      new Promise((resolve) => {
        socket.destroy();
        child.once('exit', () => {
          rmSync(folder, { recursive: true });
          resolve();
        });
        child.kill('SIGKILL');
      }),
  };
}

/** Connects to a server that may still be starting. */
export async function reachNats(port: number): Promise<Socket> {
  for (let tries = 0; tries < 300; tries++) {
    const socket = connect({ port, host: '127.0.0.1' });
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (open) return socket;
    await delay(20);
  }
  throw new Error('NATS does not listen');
}
