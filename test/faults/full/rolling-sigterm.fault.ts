import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { WebSocket } from 'ws';
import { leash } from '../../support/index.js';
import { Api, CallFailed } from '../lib/api.js';
import type { FaultNode } from '../lib/node.js';
import { Probe } from '../lib/probe.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';

const ASK_EVERY_MS = 100;
/** Gives up a handshake after this time, in milliseconds. */
const HANDSHAKE_MS = 15_000;

/** Watches one node: what it answered, and when it was stopping. */
interface Watched {
  node: FaultNode;
  probe: Probe;
  stoppingFrom: number;
  readyAt: number;
}

/**
 * Ends every node in turn by SIGTERM while the machine is overloaded and the database is well. A node that
 * is not stopping refuses nobody: being busy is no lost database.
 */
export const rollingSigterm: Fault = {
  name: 'rolling-sigterm',
  about: 'SIGTERM of every node in turn on an overloaded machine, beside a well database',
  stage: { pushesPerSecond: 50 },
  async run(stage) {
    const { token } = await stage.installation.api.register('somebody who watches');
    const watched = stage.installation.nodes.map((node) => watch(stage, node, token));
    const stopBurning = overload();
    stage.atEnd(stopBurning);
    for (const one of watched) {
      one.stoppingFrom = performance.now();
      const { status } = await one.node.terminate();
      stage.require(status === 0, `the ${one.node.role} node ended with status ${status}`);
      await one.node.restart();
      one.readyAt = performance.now();
    }
    stopBurning();
    await Promise.all(watched.map(({ probe }) => probe.stop()));
    for (const one of watched) judge(stage, one);
  },
  check(stage) {
    const others = Object.keys(stage.report.refusals).filter((what) => what !== 'network');
    stage.require(others.length === 0, `pushes were refused by nodes that were there: ${others.join(', ')}`);
  },
};

function watch({ installation }: Stage, node: FaultNode, token: string): Watched {
  const api = new Api(() => [node.url], installation.key);
  const ask = node.role === 'api' ? () => page(api) : () => handshake(node, token);
  const never = Number.POSITIVE_INFINITY;
  return { node, probe: Probe.start(ask, ASK_EVERY_MS), stoppingFrom: never, readyAt: never };
}

const page = (api: Api): Promise<string> =>
  api.call('{ messages(limit: 1) { items { id } } }', {}, HANDSHAKE_MS).then(
    () => 'OK',
    (error: unknown) => (error instanceof CallFailed ? `${error.status} ${error.code}` : 'network'),
  );

/** Connects where no messages are sent: global ones would make rows that nobody confirms. */
function handshake(node: FaultNode, token: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${node.url}/live?token=${token}`, { handshakeTimeout: HANDSHAKE_MS });
    socket.on('unexpected-response', (request, { statusCode }) => {
      resolve(String(statusCode));
      request.destroy();
    });
    socket.on('error', () => resolve('network'));
    socket.on('open', () => {
      resolve('OK');
      socket.close();
    });
  });
}

/** Requires that nothing was refused but by a node that was stopping or gone. */
function judge(stage: Stage, { node, probe, stoppingFrom, readyAt }: Watched): void {
  const outside = probe.answers.filter(({ begunAt, ms }) => begunAt + ms < stoppingFrom || begunAt > readyAt);
  const refused = outside.filter(({ result }) => result !== 'OK');
  stage.note(`${node.role} ${node.port}: ${outside.length} answers while it was not stopping, ${refused.length} refusals`);
  stage.require(outside.length > 0, `nobody asked the ${node.role} node`);
  stage.require(refused.length === 0, `a ${node.role} node that was not stopping answered ${refused[0]?.result}`);
}

/** Keeps every core busy with work of others until the returned function is called. */
function overload(): () => void {
  const burners = Array.from({ length: availableParallelism() }, () =>
    leash(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })),
  );
  return () => {
    for (const burner of burners) burner.kill('SIGKILL');
  };
}
