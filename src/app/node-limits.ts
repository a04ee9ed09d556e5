import type { Config } from '../config/index.js';

/** Names a node's limits as its metrics do. */
export const limitsOf = ({ delivery, store }: Config): Record<string, number> => ({
  connections: delivery.maxConnections,
  connections_per_recipient: delivery.maxConnectionsPerRecipient,
  handshakes_per_second: delivery.maxHandshakesPerSecond,
  unconfirmed_messages: delivery.maxUnconfirmedMessages,
  unconfirmed_bytes: delivery.maxUnconfirmedBytes,
  pending_per_recipient: store.maxPendingPerRecipient,
  database_pool: store.poolMax,
});

/** Gives one of so many workers its share of the limits that are the node's. */
export const shareOf = <C extends Config>(config: C, workers: number): C => {
  const share = (limit: number) => Math.max(1, Math.floor(limit / workers));
  const { delivery } = config;
  return {
    ...config,
    delivery: {
      ...delivery,
      maxConnections: share(delivery.maxConnections),
      maxHandshakesPerSecond: share(delivery.maxHandshakesPerSecond),
    },
  };
};
