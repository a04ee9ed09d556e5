import cluster from 'node:cluster';
import { startNode } from '../app/start-node.js';
import { openTenancy } from '../app/tenancy.js';
import { processIo } from './io.js';
import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2), processIo, { startNode, openTenancy });

// The channel to its primary would keep a worker alive.
if (cluster.isWorker) process.exit();
