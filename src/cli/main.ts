import cluster from 'node:cluster';
import * as services from '../app/start-node.js';
import { processIo } from './io.js';
import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2), processIo, services);

// The channel to its primary would keep a worker alive.
if (cluster.isWorker) process.exit();
