import type { Config } from '../config/index.js';

/** Limits of a node by the name they have in its metrics. */
export const limitsOf = (config: Config): Record<string, number> => ({
  connections: config.maxConnections,
  handshakes_per_second: config.maxHandshakesPerSecond,
  unconfirmed_messages: config.maxUnconfirmedMessages,
  unconfirmed_bytes: config.maxUnconfirmedBytes,
  pending_per_recipient: config.maxPendingPerRecipient,
  database_pool: config.databasePoolMax,
});

/** What one of so many workers may take of the limits that are the node's. */
export const shareOf = <C extends Config>(config: C, workers: number): C => ({
  ...config,
  maxConnections: Math.max(1, Math.floor(config.maxConnections / workers)),
  maxHandshakesPerSecond: Math.max(1, Math.floor(config.maxHandshakesPerSecond / workers)),
});
