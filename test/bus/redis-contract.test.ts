import { afterAll, beforeAll, describe } from '@jest/globals';
import { createRedisBus } from '../../src/bus/redis-bus.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { messageBusContract } from '../contract/message-bus.js';
import { redisUrl } from '../support/index.js';
import { startCluster, type TestCluster } from './cluster.js';

async function createPair(url: string) {
  const options = { url, prefix: `test-${process.pid}`, metrics: noMetrics, logger: silentLogger };
  const publisher = createRedisBus(options);
  const subscriber = createRedisBus(options);
  // Resolves once connected; the publisher's events count as published only from then on.
  await subscriber.subscribe('ready' as never, () => {});
  await publisher.subscribe('ready' as never, () => {});
  return {
    publisher,
    subscriber,
    close: async () => {
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  };
}

messageBusContract('the bus on Redis', () => createPair(redisUrl));

describe('with a cluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());
  messageBusContract('the bus on a Redis Cluster', () => createPair(cluster.url));
});
