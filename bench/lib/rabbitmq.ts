import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { leash } from '../../test/support/leash.js';
import { freePort } from '../../test/support/process.js';
import { havePackage } from './debian.js';

const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';
/** Counts the channels that publish; each has its own order and its own confirms. */
const CHANNELS = 16;

/**
 * Runs a private RabbitMQ with one durable queue per recipient. Messages are persistent, confirmed and
 * acknowledged one by one.
 */
export interface RabbitMq {
  readonly pid: number;
  /** Publishes to each of these queues; resolves once the server has confirmed all. */
  publish(caller: number, queues: readonly number[], text: string): Promise<void>;
  /** Consumes from all queues and acknowledges every message. */
  consume(): Promise<void>;
  /** Counts the messages that were consumed and acknowledged so far. */
  readonly consumed: number;
  /** Resolves once that many messages are consumed and the server has processed their acknowledgements. */
  untilConsumed(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts RabbitMQ. Returns null if this machine has no rabbitmq-server. */
export async function startRabbitMq(queues: number): Promise<RabbitMq | null> {
  if (!havePackage('rabbitmq-server', PROGRAM)) return null;
  const server = await startServer();
  const connection = await connected(server);
  const channels = await Promise.all(Array.from({ length: CHANNELS }, () => connection.createConfirmChannel()));
  const channelOf = (n: number) => channels[n % CHANNELS] as ConfirmChannel;
  const name = (queue: number) => `queue-${queue}`;
  await Promise.all(Array.from({ length: queues }, (_, i) => channelOf(i).assertQueue(name(i), { durable: true })));

  let consumed = 0;
  return {
    pid: server.process.pid as number,
    async publish(caller, to, text) {
      const body = Buffer.from(text);
      const one = (queue: number) =>
        new Promise<void>((resolve, reject) =>
          channelOf(caller).sendToQueue(name(queue), body, { persistent: true }, (error: unknown) =>
            error ? reject(new Error(`RabbitMQ refused a message: ${error}`)) : resolve(),
          ),
        );
      await Promise.all(to.map(one));
    },
    async consume() {
      await Promise.all(
        Array.from({ length: queues }, (_, i) =>
          channelOf(i).consume(name(i), (message) => {
            if (!message) return;
            channelOf(i).ack(message);
            consumed++;
          }),
        ),
      );
    },
    get consumed() {
      return consumed;
    },
    async untilConsumed(count) {
      const until = performance.now() + 180_000;
      while (consumed < count) {
        if (performance.now() > until) throw new Error(`RabbitMQ delivered ${consumed} of ${count} messages`);
        await delay(5);
      }
      // A channel handles commands in order.
      await Promise.all(channels.map((channel) => channel.checkQueue(name(0))));
    },
    async stop() {
      await connection.close().catch(() => {});
      server.kill();
      await delay(200);
      rmSync(server.folder, { recursive: true, force: true });
    },
  };
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly folder: string;
  kill(): void;
}

/** Starts a RabbitMQ of its own, with its epmd, in a folder of its own. */
async function startServer(): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-rabbitmq-'));
  const [port, distribution, epmdPort] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(`${folder}/enabled_plugins`, '[].\n');
  const env = {
    PATH: process.env.PATH ?? '',
    // Erlang keeps its cookie there.
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: `bench${process.pid}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: `${folder}/data`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_CONF_ENV_FILE: `${folder}/none`,
  };
  const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { env, stdio: 'ignore', detached: true });
  leash(epmd);
  // A script starts the server as a child; the process group has both.
  const server = spawn(PROGRAM, { env, stdio: 'ignore', detached: true });
  leash(server, { folder });
  const kill = () => {
    epmd.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) process.kill(-(server.pid as number), 'SIGKILL');
  };
  return { process: server, port, folder, kill };
}

async function connected({ process: server, port }: Server): Promise<ChannelModel> {
  const until = performance.now() + 60_000;
  while (performance.now() < until && server.exitCode === null) {
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}`).catch(() => null);
    if (connection) {
      // Pending operations report a closed connection themselves.
      connection.on('error', () => {});
      return connection;
    }
    await delay(200);
  }
  throw new Error('RabbitMQ does not start');
}
