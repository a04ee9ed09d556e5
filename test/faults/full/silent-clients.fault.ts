import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../../support/index.js';
import { ClientGroup } from '../lib/client-group.js';
import { connections, memory } from '../lib/figures.js';
import { push, statuses } from '../lib/push.js';
import { names, register } from '../lib/registrations.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';

/** Expects the cut within PING_INTERVAL and PONG_TIMEOUT, and a second of a busy machine. */
const CUT_WITHIN_MS = 30_000 + 1000;
const MAX_BYTES_EACH = 2_000_000;
/** Addresses the clients whose packets are dropped. */
const ELSEWHERE = '127.0.0.9';

interface Silence {
  /** Counts the clients that fall silent, half of them plain, half `tidings.v1`. */
  clients: number;
  /** Pushes to one in this many meanwhile; the others are idle. */
  busyEvery: number;
  /** Sizes a message in characters; each busy client is sent `count` of them. */
  size: number;
  count: number;
  localAddress?: string;
  begin(group: ClientGroup, stage: Stage): void | Promise<void>;
  end(group: ClientGroup, stage: Stage): void | Promise<void>;
}

/**
 * Silences clients, pushes to them until they are cut, and lets them come back. The others, whom the load
 * is for, must not notice.
 */
async function fallSilent(stage: Stage, silence: Silence): Promise<void> {
  const { installation, ledger } = stage;
  const { api, deliveryNodes } = installation;
  const { clients, busyEvery, size, count, localAddress } = silence;
  const recipients = names('silent', clients);
  const half = clients / 2;
  const group = await ClientGroup.start({
    clients: [
      ...(await register(api, recipients.slice(0, half), 'plain')),
      ...(await register(api, recipients.slice(half), 'tidings.v1')),
    ],
    urls: deliveryNodes.map(({ url }) => url),
    ledger,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  stage.atEnd(() => group.stop());
  await group.opened(clients);
  const busy = recipients.filter((_, i) => i % busyEvery === 0);
  // The same traffic goes to reading clients first: its memory does not count against clients that do not
  // read.
  for (let i = 0; i < count; i++) await push(api, ledger, busy, `before ${i}`.padEnd(size, '.'));
  await until('everybody to have what came before', () => !ledger.outstanding().some(({ text }) => text.startsWith('before')));
  const before = await Promise.all(deliveryNodes.map(memory));
  await silence.begin(group, stage);
  const begunAt = performance.now();
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const text = `while silent ${i}`.padEnd(size, '.');
    ids.push(...(await push(api, ledger, busy, text)).map(({ id }) => id));
  }
  stage.require(ids.length === busy.length * count, `${busy.length * count - ids.length} messages were refused`);
  const seen = new Set<string>();
  const peak = [...before];
  let cutAt = begunAt;
  await until(
    'the silent clients to be cut',
    async () => {
      for (const [i, node] of deliveryNodes.entries()) peak[i] = Math.max(peak[i] as number, await memory(node));
      const held = await connections(deliveryNodes);
      cutAt = performance.now();
      // Only some are read, since their texts are many megabytes.
      const some = ids.splice(0, 10);
      ids.push(...some);
      for (const status of await statuses(api, some)) seen.add(status);
      await delay(200);
      return held === stage.clients.length;
    },
    90_000,
  );
  for (let i = 0; i < ids.length; i += 50) for (const status of await statuses(api, ids.slice(i, i + 50))) seen.add(status);
  await silence.end(group, stage);
  stage.ended();
  await group.opened(clients);
  const bytesEach = peak.reduce((sum, bytes, i) => sum + bytes - (before[i] as number), 0) / busy.length;
  stage.note(`the last was cut after ${ms(cutAt - begunAt)}`);
  stage.note(`${(bytesEach / 1e6).toFixed(2)} MB of resident memory for each that was sent something`);
  stage.require(cutAt - begunAt <= CUT_WITHIN_MS, `the last was cut after ${ms(cutAt - begunAt)}`);
  stage.require(seen.size === 1 && seen.has('PENDING'), `meanwhile messages were ${[...seen].join(', ')}`);
  stage.require(bytesEach < MAX_BYTES_EACH, `each took ${Math.round(bytesEach)} bytes of memory`);
}

function bystandersUnharmed(stage: Stage): void {
  stage.require(stage.losses === 0, `clients that were not silent lost ${stage.losses} connections`);
  const refused = Object.keys(stage.report.refusals);
  stage.require(refused.length === 0, `pushes were refused: ${refused.join(', ')}`);
}

const STAGE = { clients: 40, pushesPerSecond: 50 } as const;

/** Stops client processes: the kernel takes frames for them until its buffers are full. */
export const clientsFrozen: Fault = {
  name: 'clients-frozen',
  about: 'clients frozen (SIGSTOP)',
  stage: STAGE,
  run: (stage) =>
    fallSilent(stage, {
      clients: 100,
      busyEvery: 2,
      size: 100,
      count: 5,
      begin: (group) => group.freeze(),
      end: (group) => group.thaw(),
    }),
  check: bystandersUnharmed,
};

/** Drops packets both ways, so that neither end hears of the other's end. */
export const halfOpen: Fault = {
  name: 'half-open',
  about: 'half-open TCP (packets dropped by iptables)',
  stage: STAGE,
  run: (stage) =>
    fallSilent(stage, {
      clients: 100,
      busyEvery: 2,
      size: 100,
      count: 5,
      localAddress: ELSEWHERE,
      begin: async () => {
        await dropPackets(stage, '-I');
        stage.atEnd(() => dropPackets(stage, '-D').catch(() => {}));
      },
      end: async (group) => {
        await dropPackets(stage, '-D');
        // So does a device whose network is back.
        group.cut(0);
      },
    }),
  check: bystandersUnharmed,
};

/** Lets more wait for each client than its window and the kernel's buffers take. */
export const neverReading: Fault = {
  name: 'never-reading',
  about: 'clients that never read, 1.5 MB for each',
  stage: STAGE,
  run: (stage) =>
    fallSilent(stage, {
      clients: 100,
      busyEvery: 1,
      size: 65_536,
      count: 24,
      begin: (group) => group.read(false),
      end: (group) => group.read(true),
    }),
  check: bystandersUnharmed,
};

async function dropPackets({ installation }: Stage, how: '-I' | '-D'): Promise<void> {
  for (const { port } of installation.deliveryNodes) {
    const rule = ['INPUT', '-i', 'lo', '-p', 'tcp'];
    await promisify(execFile)('iptables', [how, ...rule, '-s', ELSEWHERE, '--dport', `${port}`, '-j', 'DROP']);
    await promisify(execFile)('iptables', [how, ...rule, '-d', ELSEWHERE, '--sport', `${port}`, '-j', 'DROP']);
  }
}
