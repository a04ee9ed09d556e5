import { endpointRoute, protocolEndpoints, tidingsV1Commands } from '../../adapters/index.js';
import { CLIENT_SCRIPT, deliveryUrl, VERSION } from '../../config/index.js';
import type { Admin } from '../../core/ports/admin.js';
import type { ConnectionLimits } from '../../core/ports/connection-limits.js';
import type { DebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientTokens } from '../../core/ports/recipient-tokens.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { createDeliveryNode, type DeliveryNode } from '../../delivery/index.js';
import type { Live } from '../../live/index.js';
import type { Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { StartedPart } from './started-parts.js';

interface DeliveryPartDeps {
  store: Store;
  bus: MessageBus;
  tokens: RecipientTokens;
  live: Live;
  connectionLimits: ConnectionLimits;
  /** Answers on the delivery port, too, if set. */
  admin: Admin | null;
  metrics: Metrics;
  usage: UsageMeter;
  logger: Logger;
  debug: DebugLog;
}

export interface DeliveryPart extends StartedPart {
  /** URL of the port that it listens on. */
  ownUrl: string;
  /** Counts sockets that are not gone yet. */
  sockets(): number;
  /** Changes how many sockets it may hold, and whether it takes new connections. */
  allow: DeliveryNode['allow'];
  /** Ends service as SIGTERM asks for, and goes on answering health; `stop` does it, too. */
  drain(): Promise<void>;
}

/** Lets a node of many connections take what comes back at once before it gives up; measured by `bench connect`. */
const ACCEPTS_PER_TURN = 32;

/** Starts delivery: connections get messages, follow live topics, and may speak other protocols. */
export async function startDelivery(config: ConfigWithDatabase, deps: DeliveryPartDeps): Promise<DeliveryPart> {
  const { live, admin, store, ...rest } = deps;
  const hub = live.openHub();
  const node = createDeliveryNode({
    ...rest,
    store,
    clock: store.clock,
    admin: async (path) => (await admin?.(path)) ?? null,
    commands: tidingsV1Commands(hub),
    clientScript: { file: CLIENT_SCRIPT, version: VERSION },
    config: { ...config.delivery, acceptsPerTurn: config.role === 'delivery' ? ACCEPTS_PER_TURN : 1 },
  });
  for (const endpoint of protocolEndpoints) node.attach(endpointRoute(endpoint, node, hub));
  const stop = async () => {
    await node.stop();
    hub.close();
  };
  const { port } = await node.listen().catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    ownUrl: deliveryUrl(config.delivery.host, port),
    sockets: () => node.sockets,
    allow: (allowance) => node.allow(allowance),
    drain: () => node.drain(),
    stop,
  };
}
