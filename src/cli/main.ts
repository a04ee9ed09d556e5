import cluster from 'node:cluster';
import type { Services } from './cli-context.js';
import { processIo } from './io.js';
import { run } from './run.js';

/** Loads what runs nodes and opens stores only for commands that need it. */
const services: Services = {
  startNode: async (...args) => (await import('../app/start-node.js')).startNode(...args),
  openTenancy: async (...args) => (await import('../app/tenancy.js')).openTenancy(...args),
};

process.exitCode = await run(process.argv.slice(2), processIo, services);

// The channel to its primary would keep a worker alive.
if (cluster.isWorker) process.exit();
