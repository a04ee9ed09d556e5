import { join } from 'node:path';
import type { Admin } from '../core/ports/admin.js';
import { type DebugLog, noDebugLog } from '../core/ports/debug-log.js';
import type { Logger } from '../core/ports/logger.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { ApiKeyFinder } from '../core/ports/stores/api-key-store.js';
import { callerOf } from '../core/validation/caller-address.js';
import { IdleSockets } from '../lib/http/idle-sockets.js';
import { createProxyCheck, createSourceAddress } from '../lib/http/source-address.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';
import type { ApiConfig } from './api-config.js';
import { AuditTrail } from './audit/audit-trail.js';
import { createApolloServer } from './graphql/apollo-server.js';
import { createGraphQLHandler } from './graphql/graphql-handler.js';
import { rootFields } from './graphql/root-fields.js';
import { schemaText } from './graphql/schema.js';
import { createApiKeyAuthenticator } from './http/api-key-authenticator.js';
import { BadKeys } from './http/bad-keys.js';
import { createHttpServer } from './http/http-server.js';
import { readPageFiles } from './http/page-files.js';
import { createRequestAuthenticator } from './http/request-authenticator.js';
import { SseSubscriptions } from './sse/sse-subscriptions.js';
import { createUseCases, type UseCaseDeps } from './use-cases.js';

export type { ApiConfig } from './api-config.js';

export interface ApiDeps extends Omit<UseCaseDeps, 'timers' | 'tokenTtlMs' | 'activityRetentionMs' | 'rootFields'> {
  config: ApiConfig;
  keys: ApiKeyFinder;
  /** Folder of the built pages, `app` (the console) and `graphiql`; null if there is none. */
  consoleFolder: string | null;
  /** Answers `/healthz`, `/readyz` and `/metrics`; null if they are served elsewhere. */
  admin: Admin | null;
  logger: Logger;
  /** Tells of pushes and of failed calls. Default: nobody listens. */
  debug?: DebugLog;
  /** Gives the node's own time. */
  timers?: Timers;
  /** Bounds how long the head of a request may take, in milliseconds. */
  headTimeoutMs?: number;
  metrics: Metrics;
}

/** Serves GraphQL. A node holds nothing that another one needs, so any number of nodes may run. */
export interface ApiNode {
  listen(): Promise<{ port: number }>;
  /** Makes every further answer ask its client to open a new connection; service goes on. */
  drain(): void;
  /** Closes open subscriptions over `spreadMs`, and each new one at once; their clients come back elsewhere. */
  closeSubscriptions(spreadMs: number): Promise<void>;
  /** Finishes accepted requests, within STOP_TIMEOUT_MS, and ends. */
  stop(): Promise<void>;
}

/** Cuts connections that still send or read after this time, in milliseconds. */
const STOP_TIMEOUT_MS = 8000;

/**
 * Bounds the connections that have no request under way, in all and of one address. A load balancer keeps
 * many; one that TRUST_PROXY does not name counts as one address.
 */
const IDLE_SOCKETS = { most: 10_000, mostOfCaller: 1_000 };

export function createApi(deps: ApiDeps): ApiNode {
  const { keys, limiter, clock, metrics, logger, debug = noDebugLog, timers = systemTimers } = deps;
  const { host, port, tokenTtlMs, activityRetentionMs, trustProxy } = deps.config;
  const apollo = createApolloServer(logger);
  const addressOf = createSourceAddress(trustProxy);
  const audit = new AuditTrail({ store: deps.store, addressOf, timers, logger });
  const apiKeys = createApiKeyAuthenticator({ store: keys, limiter, clock, nodeClock: timers });
  const subscriptions = new SseSubscriptions({ authenticate: (key) => apiKeys.authenticate(key), timers, metrics, logger });
  let draining = false;
  let server: ReturnType<typeof createHttpServer> | undefined;

  return {
    async listen() {
      await apollo.start();
      server = createHttpServer({
        authenticate: createRequestAuthenticator({
          apiKeys,
          addressOf,
          badKeys: new BadKeys(() => timers.now()),
        }),
        execute: createGraphQLHandler({
          apollo,
          useCases: createUseCases({ ...deps, timers, tokenTtlMs, activityRetentionMs, rootFields: rootFields() }),
          audit,
          limiter,
          subscriptions,
          logger,
          debug,
        }),
        limiter,
        pages: await readPages(deps),
        schemaText,
        admin: deps.admin,
        isDraining: () => draining,
        headTimeoutMs: deps.headTimeoutMs,
        idleSockets: watchIdleSockets(deps, timers),
        logger,
        debug,
        addressOf,
      });
      await server.listen({ host, port });
      const address = server.server.address();
      return { port: typeof address === 'object' && address ? address.port : port };
    },
    drain() {
      draining = true;
    },
    closeSubscriptions: (spreadMs) => subscriptions.retire(spreadMs),
    async stop() {
      draining = true;
      if (!server) return;
      const { server: http } = server;
      const cancelCut = timers.after(STOP_TIMEOUT_MS, () => http.closeAllConnections());
      void subscriptions.retire(0);
      await server.close();
      cancelCut();
      await audit.stop();
      await apollo.stop();
    },
  };
}

async function readPages({ consoleFolder, publicDeliveryUrl }: ApiDeps) {
  const read = (name: string) => readPageFiles(consoleFolder === null ? null : join(consoleFolder, name));
  return { graphiql: await read('graphiql'), app: await read('app'), publicDeliveryUrl };
}

function watchIdleSockets({ config, metrics }: ApiDeps, timers: Timers): IdleSockets {
  const isProxy = createProxyCheck(config.trustProxy);
  return new IdleSockets({
    limits: IDLE_SOCKETS,
    callerOf: (address) => (isProxy(address) ? null : callerOf(address)),
    now: () => timers.now(),
    onClosed: () => metrics.idleSocketsClosed.inc(),
  });
}
