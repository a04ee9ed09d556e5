import cluster from 'node:cluster';
import type { Node, NodeRole, Tenancy } from '../app/contracts.js';
import { openDatabase } from '../app/open-database.js';
import { startWorkers } from '../app/workers/start-workers.js';
import { WorkerFailed } from '../app/workers/worker-pool.js';
import { type Config, withMadeSecrets } from '../config/index.js';
import { newApiKey } from '../core/domain/api-key.js';
import { FULL_SCOPE } from '../core/domain/roles.js';
import type { Logger } from '../core/ports/logger.js';
import { announce, DEMO_TENANT } from './announce.js';
import { type CliContext, readConfig } from './cli-context.js';
import { catchSignals } from './signals.js';

interface NodeOptions {
  json?: boolean;
  workers?: number;
}

/** Runs a node until a signal asks it to stop. */
export async function runNode(context: CliContext, role: NodeRole, options: NodeOptions): Promise<number> {
  const { workers, json = false } = options;
  if (role !== 'serve' && workers !== undefined && cluster.isPrimary) return runWorkers(context, role, workers, options);
  const { io, services } = context;
  const read = readConfig(role, io);
  const { logger } = read;
  const config = role === 'serve' ? await withMadeSecrets(read.config) : read.config;
  // Of several workers the primary says what is missing, and where the node is.
  if (workers === undefined) sayWhatIsMissing(role, config, logger);
  const signals = catchSignals(io);
  try {
    const database = await openDatabase(config, logger);
    let node: Node | undefined;
    try {
      const tenancy = () => services.openTenancy(database.config, { logger });
      const first = database.embedded && (await isFirstStart(await tenancy()));
      node = await services.startNode(role, database.config, { logger, workers: workers ?? null });
      if (workers === undefined && (await inService(node, signals.stopped))) {
        // Made last, since it is shown only once: a start that fails before leaves it to the next.
        const apiKey = first ? await makeDemoKey(await tenancy()) : null;
        announce(io, role, { urls: node.urls, apiKey }, json);
      }
      await signals.stopped;
      logger.info({}, 'stopping');
    } finally {
      await node?.stop();
      await database.close();
    }
    logger.info({}, 'stopped');
    return 0;
  } finally {
    signals.close();
  }
}

/** Runs one node of several processes until a signal asks it to stop. */
async function runWorkers({ io }: CliContext, role: NodeRole, count: number, options: NodeOptions): Promise<number> {
  const { config, logger } = readConfig(role, io);
  sayWhatIsMissing(role, config, logger);
  const signals = catchSignals(io);
  try {
    const node = await startWorkers(role, count, config, logger);
    try {
      if (await inService(node, signals.stopped)) announce(io, role, { urls: node.urls, apiKey: null }, options.json ?? false);
      await signals.stopped;
      logger.info({}, 'stopping');
    } finally {
      await node.stop();
    }
    logger.info({}, 'stopped');
    return 0;
  } catch (error) {
    // One that ended by itself has said why.
    if (error instanceof WorkerFailed && error.signal === null) return 1;
    throw error;
  } finally {
    signals.close();
  }
}

/** Says what the node cannot do as it is configured, though it starts. */
function sayWhatIsMissing(role: NodeRole, { webhooks }: Config, logger: Logger): void {
  if (role === 'delivery' || webhooks.secretsKeys.length > 0) return;
  logger.info({}, 'SECRETS_KEY is not set: no webhooks can be made, and this node posts to none');
}

/** Resolves once the node can be given work, or is asked to stop before that: then with false. */
const inService = ({ ready }: Node, stopped: Promise<void>): Promise<boolean> =>
  Promise.race([ready.then(() => true), stopped.then(() => false)]);

/** Names the key that is made on the first start. */
const DEMO_KEY = 'demo';

/**
 * Tells whether there is no tenant yet. One without a key was left by a first start that was cut short. The
 * demo key of a former version gets what has come to full scope since.
 */
async function isFirstStart(tenancy: Tenancy): Promise<boolean> {
  try {
    await tenancy.keys.widenFirstKey(DEMO_TENANT, DEMO_KEY);
    return await tenancy.keys.awaitsFirstKey(DEMO_TENANT);
  } finally {
    await tenancy.close();
  }
}

/** Makes a tenant to try things with. Returns its key, or null if another process was faster. */
async function makeDemoKey(tenancy: Tenancy): Promise<string | null> {
  try {
    const { key, hash, prefix } = newApiKey();
    const made = await tenancy.keys.createFirstKey(DEMO_TENANT, {
      hash,
      prefix,
      name: DEMO_KEY,
      scope: FULL_SCOPE,
      role: 'full',
    });
    return made ? key : null;
  } finally {
    await tenancy.close();
  }
}
