import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../../support/index.js';
import { databaseClock, iso } from '../lib/clock.js';
import { metrics } from '../lib/figures.js';
import { push } from '../lib/push.js';
import type { Fault } from './fault.js';

/** Sizes a text that is small enough for the bus. */
const TEXT_BYTES = 3500;
const AT_ONCE = 100;
const EXPIRES_AFTER_MS = 20_000;
/** Assumes that a message of this age that has not been sent waits for room, in milliseconds. */
const STUCK_MS = 1000;
/** Allows a write this long after an expiry, as the contract does, in milliseconds. */
const SLACK_MS = 1000;
/** Exceeds the kernel's buffers of both ends. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Runs a raw TCP client whose kernel has no room left, so that frames wait in the node when they expire. */
export const expiryInQueue: Fault = {
  name: 'expiry-in-queue',
  about: 'expiry in the queue of a frozen client',
  stage: {
    clients: 40,
    pushesPerSecond: 50,
    deliveryNodes: 1,
    // The window alone would keep frames from piling up.
    env: { MAX_UNCONFIRMED_BYTES: `${MAX_BYTES}`, MAX_UNCONFIRMED_MESSAGES: '10000', PONG_TIMEOUT: '60s' },
  },
  async run(stage) {
    const { installation, ledger, servers } = stage;
    const { api } = installation;
    const [node] = installation.deliveryNodes;
    if (!node) throw new Error('no delivery node');
    const now = await databaseClock(servers.databaseUrl);
    const { token } = await api.register('stuck');
    const tcp = connect(node.port, '127.0.0.1');
    stage.atEnd(() => tcp.destroy());
    const head = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    tcp.write(`GET /?token=${token} HTTP/1.1\r\n${head.join('\r\n')}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await new Promise((resolve, reject) => tcp.once('data', resolve).once('error', reject));
    tcp.pause();
    const expiresAt = now() + EXPIRES_AFTER_MS;
    let count = 0;
    const sent = async () => ((await metrics(node)).get('tidings_unconfirmed_bytes') ?? 0) >= count * TEXT_BYTES;
    const isFull = async () =>
      !(await until('all to be sent', sent, STUCK_MS).then(
        () => true,
        () => false,
      ));
    // It waits until sending lags behind pushing and stays behind: then the socket is full, and the rest
    // waits in the database.
    while (count === 0 || !(await isFull())) {
      if (count * TEXT_BYTES > MAX_BYTES / 2) throw new Error('the kernel takes everything');
      const texts = Array.from({ length: AT_ONCE }, () => `expires ${count++} `.padEnd(TEXT_BYTES, '.'));
      const pushed = await Promise.all(texts.map((text) => push(api, ledger, ['stuck'], text, { expiresAt: iso(expiresAt) })));
      for (const { id } of pushed.flat()) ledger.excuse(id);
    }
    const [kept] = await push(api, ledger, ['stuck'], 'to be kept');
    stage.require(now() < expiresAt, 'the frames had expired before the buffers were full');
    const queued: number[] = [];
    while (now() < expiresAt + SLACK_MS) {
      // Bytes that this process has read ahead were written long ago, too.
      queued.push((await kernelBytes(tcp.localPort ?? 0, node.port)) + tcp.readableLength);
      await delay(50);
    }
    // Whatever comes from now on was in the kernel at this moment, or was written too late.
    const most = Math.max(...queued);
    let bytes = 0;
    tcp.on('data', (chunk) => {
      bytes += chunk.length;
    });
    const gone = new Promise((resolve) => tcp.once('close', resolve));
    tcp.on('error', () => {});
    tcp.resume();
    await Promise.race([gone, delay(5000)]);
    stage.note(
      `${count} pushed, ${(most / 1e6).toFixed(1)} MB with the kernel at the expiry, ${(bytes / 1e6).toFixed(1)} MB read after it`,
    );
    stage.require(tcp.destroyed, 'the connection was not cut');
    stage.require(bytes <= most, `${bytes} bytes came, though the kernel had ${most} a second after the expiry`);
    stage.ended();
    // Once it is back it gets only what has not expired.
    const [client] = await installation.connect(['stuck'], ledger);
    stage.atEnd(() => client?.stop());
    await until('what was kept', () => ledger.outstanding().every(({ id }) => id !== kept?.id));
  },
  check(stage) {
    stage.require(stage.losses === 0, `others lost ${stage.losses} connections`);
  },
};

/** Returns how many bytes the kernel holds for a client from a node: not yet sent, or not yet read. */
async function kernelBytes(clientPort: number, nodePort: number): Promise<number> {
  const queue = async (own: number, peer: number, column: number) => {
    const { stdout } = await promisify(execFile)('ss', ['-tnH', `sport = :${own} and dport = :${peer}`]);
    return Number(stdout.trim().split(/\s+/)[column] ?? 0);
  };
  const RECEIVED = 1;
  const SENT = 2;
  return (await queue(clientPort, nodePort, RECEIVED)) + (await queue(nodePort, clientPort, SENT));
}
