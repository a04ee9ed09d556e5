import cluster, { type Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, jest, test } from '@jest/globals';
import { WorkerPool } from '../../src/app/workers/worker-pool.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { until } from '../support/process.js';

/** Plays a process: it says that it is in service, and dies, when the test has it do so. */
class FakeWorker extends EventEmitter {
  readonly process = { pid: 1, exitCode: null, signalCode: 'SIGKILL' };
  #dead = false;

  isDead(): boolean {
    return this.#dead;
  }

  start(): void {
    this.emit('message', { type: 'tidings:started', urls: {} });
  }

  die(): void {
    this.#dead = true;
    this.emit('exit', null, 'SIGKILL');
  }
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('a worker that dies while the others are still starting is replaced as well', async () => {
  const forked: FakeWorker[] = [];
  jest.spyOn(cluster, 'fork').mockImplementation(() => {
    forked.push(new FakeWorker());
    return forked.at(-1) as unknown as Worker;
  });
  const pool = new WorkerPool(() => Promise.reject(new Error('nobody asks')), {
    count: 2,
    maxConnections: null,
    logger: silentLogger,
  });
  const started = pool.start();
  forked[0]?.start();
  await turn();
  expect(forked).toHaveLength(2);
  forked[0]?.die();
  forked[1]?.start();
  await started;
  await until('the one that died to be replaced', () => forked.length === 3);
});
