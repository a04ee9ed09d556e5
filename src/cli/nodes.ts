import { VERSION, withTokenSecret } from '../config/index.js';
import { newApiKey } from '../core/api-key.js';
import { FULL_SCOPE } from '../core/tenancy.js';
import { createMetrics } from '../metrics/prometheus.js';
import { type Context, readConfig } from './context.js';
import { openDatabase } from './database.js';
import type { Io } from './io.js';
import type { ConfigWithDatabase, Node, Services, Surroundings } from './services.js';

/** From the signal to the exit. */
const EXIT_MS = 15_000;

/** npm passes Ctrl-C on to a process that the terminal has told already: what comes so soon is the same signal. */
const SAME_SIGNAL_MS = 300;

const DEMO_TENANT = 'demo';

export async function runNode(
  context: Context,
  role: 'serve' | 'api' | 'delivery',
  options: { json?: boolean },
): Promise<number> {
  const { io, services } = context;
  const read = readConfig(role, io);
  const { logger } = read;
  const config = role === 'serve' ? await withTokenSecret(read.config) : read.config;
  const signals = catchSignals(io);
  try {
    const database = await openDatabase(config, logger);
    let node: Node | undefined;
    try {
      const metrics = createMetrics({
        connections: config.maxConnections,
        handshakes_per_second: config.maxHandshakesPerSecond,
        unconfirmed_messages: config.maxUnconfirmedMessages,
        unconfirmed_bytes: config.maxUnconfirmedBytes,
        pending_per_recipient: config.maxPendingPerRecipient,
        database_pool: config.databasePoolMax,
      });
      const surroundings = { logger, metrics };
      const apiKey = database.embedded ? await makeDemoKey(services, database.config, surroundings) : null;
      node = await starters(services)[role](database.config, surroundings);
      announce(io, role, node, apiKey, options.json ?? false);
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

const starters = (services: Services) => ({
  serve: services.startServe,
  api: services.startApi,
  delivery: services.startDelivery,
});

/** The first signal stops in good order, within bounds; the second at once. */
function catchSignals(io: Io): { stopped: Promise<void>; close(): void } {
  let late: NodeJS.Timeout | undefined;
  let off = () => {};
  const stopped = new Promise<void>((resolve) => {
    let firstAt: number | null = null;
    off = io.onStopSignal(() => {
      if (firstAt !== null) {
        if (performance.now() - firstAt > SAME_SIGNAL_MS) io.exit(130);
        return;
      }
      firstAt = performance.now();
      late = setTimeout(() => io.exit(1), EXIT_MS - 500);
      late.unref();
      resolve();
    });
  });
  return {
    stopped,
    close() {
      clearTimeout(late);
      off();
    },
  };
}

/** On the first start, when there is no tenant yet: one to try things with, and its key. */
async function makeDemoKey(services: Services, config: ConfigWithDatabase, { logger }: Surroundings): Promise<string | null> {
  const tenancy = await services.openTenancy(config, { logger });
  try {
    if ((await tenancy.tenants.listTenants()).length > 0) return null;
    const tenant = await tenancy.tenants.createTenant(DEMO_TENANT);
    const { key, hash, prefix } = newApiKey();
    await tenancy.keys.createKey({ tenantId: tenant.id, hash, prefix, name: 'demo', scope: FULL_SCOPE, expiresAt: null });
    return key;
  } finally {
    await tenancy.close();
  }
}

const NAMES: Readonly<Record<string, string>> = {
  api: 'GraphQL API and console',
  delivery: 'WebSocket delivery',
  admin: 'Health and metrics',
};

function announce(io: Io, role: string, node: Node, apiKey: string | null, json: boolean): void {
  if (json) {
    io.out(`${JSON.stringify({ role, urls: node.urls, ...(apiKey === null ? {} : { apiKey }) })}\n`);
    return;
  }
  const lines = Object.entries(node.urls).map(([name, url]) => `  ${(NAMES[name] ?? name).padEnd(24)} ${url}`);
  if (apiKey !== null) {
    lines.push(`  ${'Demo API key'.padEnd(24)} ${apiKey}`, `  (tenant "${DEMO_TENANT}", full scope; shown only this once)`);
  }
  io.out(`Tidings ${VERSION} is ready (${role}).\n${lines.join('\n')}\n`);
}
