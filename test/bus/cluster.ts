import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { freePort, startRedis, type TestRedis, until } from '../support/index.js';

/** A private Redis Cluster of three primaries on loopback. */
export interface TestCluster {
  readonly url: string;
  readonly nodes: readonly TestRedis[];
  stop(): Promise<void>;
}

/** @param options.args further arguments of each server */
export async function startCluster({ args: more = [] }: { args?: string[] } = {}): Promise<TestCluster> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      // Its own port for the cluster's talk: the default, 10,000 above, may not exist.
      const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-node-timeout', '2000'];
      return startRedis({ args: [...args, ...more] });
    }),
  );
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  await until('the cluster to agree', async () => (await Promise.all(nodes.map(isWhole))).every(Boolean));
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function isWhole({ port }: TestRedis): Promise<boolean> {
  return String(await onServer(port, (redis) => redis.call('CLUSTER', 'INFO'))).includes('cluster_state:ok');
}

/** Runs commands on a connection of its own. */
export async function onServer<T>(port: number, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true });
  redis.on('error', () => {});
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
