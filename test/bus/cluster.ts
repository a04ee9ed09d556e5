import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { freePort, startRedis, type TestRedis, until } from '../support/index.js';

/** A private Redis Cluster of three primaries on loopback, maybe with a replica. */
export interface TestCluster {
  readonly url: string;
  /** The primaries. */
  readonly nodes: readonly TestRedis[];
  /** Makes a replica of a primary, which takes over when that dies. It is in no URL. */
  replicate(primary: TestRedis): Promise<TestRedis>;
  stop(): Promise<void>;
}

/** @param options.args further arguments of each server */
export async function startCluster({ args: more = [] }: { args?: string[] } = {}): Promise<TestCluster> {
  const startMember = async () => {
    // Its own port for the cluster's talk: the default, 10,000 above, may not exist.
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-node-timeout', '2000'];
    return startRedis({ args: [...args, ...more] });
  };
  const nodes = await Promise.all([startMember(), startMember(), startMember()]);
  const replicas: TestRedis[] = [];
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  await until('the cluster to agree', async () => (await Promise.all(nodes.map(isWhole))).every(Boolean));
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    async replicate(primary) {
      const replica = await startMember();
      replicas.push(replica);
      const id = await onServer(primary.port, (redis) => redis.call('CLUSTER', 'MYID'));
      const to = ['--cluster', 'add-node', `127.0.0.1:${replica.port}`, `127.0.0.1:${primary.port}`];
      await promisify(execFile)('redis-cli', [...to, '--cluster-slave', '--cluster-master-id', String(id)]);
      await until('the replica to follow its primary', () => isInSync(replica));
      await until('the cluster to know the replica', async () =>
        (await Promise.all(nodes.map((node) => knows(node, replica)))).every(Boolean),
      );
      return replica;
    },
    stop: async () => {
      await Promise.all([...nodes, ...replicas].map((node) => node.stop()));
    },
  };
}

async function isInSync({ port }: TestRedis): Promise<boolean> {
  return (await onServer(port, (redis) => redis.info('replication'))).includes('master_link_status:up');
}

/** Answers whether a member counts the replica among the servers of a primary's slots. */
async function knows({ port }: TestRedis, replica: TestRedis): Promise<boolean> {
  const slots = (await onServer(port, (redis) => redis.call('CLUSTER', 'SLOTS'))) as Array<[number, number, ...unknown[]]>;
  return JSON.stringify(slots).includes(`,${replica.port},`);
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

/**
 * Gives the slot of a channel or key to another primary. Keys in it would stay behind: there must be none.
 */
export async function moveSlot(nodes: readonly TestRedis[], name: string): Promise<void> {
  const ask = (port: number, ...args: [string, ...Array<string | number>]) => onServer(port, (admin) => admin.call(...args));
  const slot = Number(await ask((nodes[0] as TestRedis).port, 'CLUSTER', 'KEYSLOT', name));
  const ranges = (await ask((nodes[0] as TestRedis).port, 'CLUSTER', 'SLOTS')) as Array<
    [number, number, [string, number, string]]
  >;
  const owner = ranges.find(([first, last]) => first <= slot && slot <= last)?.[2][1];
  const source = nodes.find(({ port }) => port === owner) as TestRedis;
  const target = nodes.find(({ port }) => port !== owner) as TestRedis;
  const id = String(await ask(target.port, 'CLUSTER', 'MYID'));
  // Only a slot that was being imported gets the new epoch that settles whose it is.
  await ask(target.port, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(await ask(source.port, 'CLUSTER', 'MYID')));
  await ask(source.port, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', id);
  for (const { port } of [target, source, ...nodes.filter((node) => node !== source && node !== target)]) {
    await ask(port, 'CLUSTER', 'SETSLOT', slot, 'NODE', id);
  }
}
