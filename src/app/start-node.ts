import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { liveCommands, liveEndpoints, liveRoute } from '../adapters/index.js';
import { createApi } from '../api/index.js';
import { InProcessBus } from '../bus/in-process-bus.js';
import { createRedisBus } from '../bus/redis-bus.js';
import { CONSOLE_FOLDER, deliveryUrl, MIGRATIONS_FOLDER, VERSION } from '../config/index.js';
import { apiKeyHash, apiKeyPrefix } from '../core/domain/api-key.js';
import type { Admin } from '../core/ports/admin.js';
import type { Logger } from '../core/ports/logger.js';
import { type MessageBus, tenantChannel } from '../core/ports/message-bus.js';
import { noMetrics } from '../core/ports/metrics.js';
import { createPageTokens } from '../core/validation/page-token.js';
import { type Commands, createDeliveryNode, type DeliveryNode, textFrame } from '../delivery/index.js';
import { createLive, type Live, type LiveConfig } from '../live/index.js';
import { createAdmin, startAdminServer } from '../observability/admin-endpoints.js';
import { Health } from '../observability/health.js';
import { parseRedisUrls } from '../redis/redis-server.js';
import { migrationStatus, withClient } from '../store/database/migrations.js';
import { createStore, type Store } from '../store/index.js';
import { createRecipientTokens } from '../token/index.js';
import type { ConfigWithDatabase, Node, Services, Surroundings } from './contracts.js';
import { runJanitor } from './retention-loop.js';

/** API and delivery in one process. */
export const startServe: Services['startServe'] = (config, surroundings) => startNode(config, surroundings, ['delivery', 'api']);
export const startApi: Services['startApi'] = (config, surroundings) => startNode(config, surroundings, ['api']);
export const startDelivery: Services['startDelivery'] = (config, surroundings) => startNode(config, surroundings, ['delivery']);

export const openTenancy: Services['openTenancy'] = async (config, { logger }) => {
  const store = openStore(config, { logger, metrics: noMetrics });
  const bus = config.redisUrls === null ? null : openBus(config, noMetrics, logger);
  return {
    tenants: store,
    keys: store,
    announceDisabled: async (tenantId) => {
      await bus?.publish([{ channel: tenantChannel(tenantId), event: { type: 'tenant-disabled' } }]);
    },
    async close() {
      await bus?.close();
      await store.close();
    },
  };
};

/** Something that is stopped in the order opposite to its start. */
type Stop = () => Promise<unknown> | unknown;

async function startNode(
  config: ConfigWithDatabase,
  { logger, metrics, membership = null }: Surroundings,
  parts: ReadonlyArray<'api' | 'delivery'>,
): Promise<Node> {
  const stops: Stop[] = [];
  const stopAll = async () => {
    for (const stop of stops.reverse().splice(0)) await stop();
  };
  try {
    const store = openStore(config, { logger, metrics: metrics.metrics });
    stops.push(() => store.close());
    const bus = openBus(config, metrics.metrics, logger);
    stops.push(() => bus.close());
    stops.push(runJanitor(store, logger));
    if (parts.includes('api')) stops.push(await keepBootstrapKey(store, config, logger));

    const health = new Health({
      databaseAvailable: () => store.available,
      busAvailable: () => bus.available,
      missingMigrations: () =>
        withClient(config.databaseUrl, async (client) => (await migrationStatus(client, MIGRATIONS_FOLDER)).missing),
      logger,
    });
    const readiness = () => health.readiness;
    const admin =
      membership?.join(readiness) ?? createAdmin({ readiness, scrape: metrics.scrape, metricsContentType: metrics.contentType });
    const onNodes = config.adminPort === null ? admin : null;
    const urls: Record<string, string> = {};
    // Of several workers the primary listens there.
    if (config.adminPort !== null && membership === null) {
      const server = await startAdminServer(admin, config.host, config.adminPort);
      stops.push(() => closeServer(server));
      urls.admin = httpUrl(config.host, (server.address() as AddressInfo).port);
    }

    const live = openLive(config, { store, bus, metrics: metrics.metrics, logger });
    stops.push(() => live.close());
    const tokens = createRecipientTokens(config.tokenSecrets);
    let publicDeliveryUrl = config.publicDeliveryUrl;
    let delivery: DeliveryNode | null = null;
    if (parts.includes('delivery')) {
      delivery = openDelivery(config, { store, bus, tokens, live, metrics: metrics.metrics, logger, admin: onNodes });
      const { port } = await delivery.listen();
      stops.push(() => delivery?.stop());
      publicDeliveryUrl ??= deliveryUrl(config.host, port);
      urls.delivery = parts.includes('api') ? publicDeliveryUrl : deliveryUrl(config.host, port);
    }
    if (parts.includes('api')) {
      const api = createApi({
        config: { host: config.host, port: config.apiPort, tokenTtlMs: config.tokenTtlMs },
        store,
        keys: store,
        bus,
        tokens,
        pageTokens: createPageTokens(config.tokenSecrets),
        clock: store.clock,
        publicDeliveryUrl: publicDeliveryUrl as string,
        version: VERSION,
        live: live.api,
        consoleFolder: CONSOLE_FOLDER,
        admin: onNodes,
        logger,
      });
      const { port } = await api.listen();
      urls.api = `${httpUrl(config.host, port)}/graphql`;
      stops.push(() => api.stop());
      // Load balancers need the delay; the delivery node counts it for itself.
      stops.push(() =>
        delivery === null ? new Promise((resolve) => setTimeout(resolve, config.shutdownDelayMs)) : delivery.drain(),
      );
      stops.push(() => api.drain());
    }
    stops.push(() => health.drain());
    health.start();
    return { urls, stop: stopAll };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

function openStore(config: ConfigWithDatabase, { logger, metrics }: { logger: Logger; metrics: typeof noMetrics }): Store {
  return createStore({
    databaseUrl: config.databaseUrl,
    poolMax: config.databasePoolMax,
    maxPendingPerRecipient: config.maxPendingPerRecipient,
    messageRetentionMs: config.messageRetentionMs,
    metrics,
    logger,
  });
}

function openBus(
  config: ConfigWithDatabase,
  metrics: typeof noMetrics,
  logger: Logger,
): MessageBus & { readonly available: boolean } {
  if (config.redisUrls !== null)
    return createRedisBus({ url: config.redisUrls.join(','), prefix: config.redisPrefix, metrics, logger });
  return Object.assign(new InProcessBus(logger), { available: true });
}

interface DeliveryParts {
  store: Store;
  bus: MessageBus;
  live: Live;
  tokens: ReturnType<typeof createRecipientTokens>;
  metrics: typeof noMetrics;
  logger: Logger;
  admin: Admin | null;
}

const liveConfig = ({ live, sweepIntervalMs }: ConfigWithDatabase): LiveConfig => ({
  bounds: { maxAgeMs: live.retentionMs, maxEvents: live.retentionEvents, maxBytes: live.retentionBytes },
  limits: {
    subscriptionsPerConnection: live.maxSubscriptions,
    patternsPerCommand: live.maxPatterns,
    whereBytes: live.maxFilterBytes,
    commandsPerSecond: live.maxCommandsPerSecond,
    publishesPerSecond: live.maxPublishesPerSecond,
    eventsPerSecond: live.maxEventsPerSecond,
    bufferedBytes: live.maxBufferedBytes,
  },
  lookEveryMs: sweepIntervalMs,
});

function openLive(
  config: ConfigWithDatabase,
  { store, bus, metrics, logger }: Pick<DeliveryParts, 'store' | 'bus' | 'metrics' | 'logger'>,
): Live {
  const { redisUrls, redisPrefix } = config;
  return createLive({
    bus,
    directory: store.directory,
    clock: store.clock,
    redis:
      redisUrls === null
        ? null
        : { servers: parseRedisUrls(redisUrls.join(',')).map(({ options }) => options), prefix: redisPrefix },
    config: liveConfig(config),
    encode: textFrame,
    metrics,
    logger,
  });
}

/** Lets the node's connections follow live topics, and serves clients of other protocols beside them. */
function openDelivery(config: ConfigWithDatabase, parts: DeliveryParts): DeliveryNode {
  const hub = parts.live.openHub();
  const node = openDeliveryNode(config, parts, liveCommands(hub));
  for (const endpoint of liveEndpoints) node.attach(liveRoute(endpoint, node, hub));
  const { stop } = node;
  return Object.assign(node, {
    async stop() {
      await stop();
      hub.close();
    },
  });
}

function openDeliveryNode(
  config: ConfigWithDatabase,
  { store, bus, tokens, metrics, logger, admin }: DeliveryParts,
  commands: Commands,
): DeliveryNode {
  return createDeliveryNode({
    commands,
    store,
    bus,
    tokens,
    clock: store.clock,
    metrics,
    logger,
    admin: async (path) => (await admin?.(path)) ?? null,
    config: {
      host: config.host,
      port: config.deliveryPort,
      publicPath: config.publicDeliveryUrl === null ? '' : new URL(config.publicDeliveryUrl).pathname.replace(/\/$/, ''),
      trustProxy: config.trustProxy,
      maxConnections: config.maxConnections,
      maxHandshakesPerSecond: config.maxHandshakesPerSecond,
      maxUnconfirmedMessages: config.maxUnconfirmedMessages,
      maxUnconfirmedBytes: config.maxUnconfirmedBytes,
      pingIntervalMs: config.pingIntervalMs,
      pongTimeoutMs: config.pongTimeoutMs,
      sweepIntervalMs: config.sweepIntervalMs,
      shutdownDelayMs: config.shutdownDelayMs,
      shutdownSpreadMs: config.shutdownSpreadMs,
    },
  });
}

/** How long to wait for the database before the bootstrap key is looked at again. */
const BOOTSTRAP_RETRY_MS = 1000;

/** Makes sure that BOOTSTRAP_API_KEY exists; if the database is away, as soon as it can be asked. */
async function keepBootstrapKey(store: Store, { bootstrapApiKey }: ConfigWithDatabase, logger: Logger): Promise<Stop> {
  if (bootstrapApiKey === null) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const ensure = async (): Promise<void> => {
    try {
      await store.ensureBootstrapKey(apiKeyHash(bootstrapApiKey), apiKeyPrefix(bootstrapApiKey));
    } catch (error) {
      logger.warn({ err: error }, 'the bootstrap key could not be made sure of and is tried again');
      timer = setTimeout(ensure, BOOTSTRAP_RETRY_MS);
      timer.unref();
    }
  };
  await ensure();
  return () => clearTimeout(timer);
}

const httpUrl = (host: string, port: number) => deliveryUrl(host, port).replace(/^ws/, 'http');

const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
