import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/index.js';
import { discoverTopology } from '../../redis/discover-topology.js';
import { RedisLink } from '../../redis/redis-link.js';
import { parseRedisUrls } from '../../redis/redis-server.js';
import { type Finding, leftOut, ok, reasonOf, wrong } from './finding.js';

type Command = readonly [name: string, ...args: string[]];

/** What the bus, limits and live topics ask of Redis, on a key and a channel of the doctor's own. */
function commandsOf(prefix: string, name: string): readonly Command[] {
  const key = `${prefix}:{doctor-${name}}`;
  return [
    ['PUBLISH', key, ''],
    ['EVAL', 'return 1', '1', key],
    ['SET', key, '1', 'PX', '10000'],
    ['GET', key],
    ['EXISTS', key],
    ['PEXPIRE', key, '1'],
    ['HSET', `${key}:h`, 'a', '1'],
    ['HMGET', `${key}:h`, 'a'],
    ['HGETALL', `${key}:h`],
    ['HDEL', `${key}:h`, 'a'],
    ['ZADD', `${key}:z`, '1', 'a'],
    ['ZCARD', `${key}:z`],
    ['ZREVRANGE', `${key}:z`, '0', '1'],
    ['ZREMRANGEBYSCORE', `${key}:z`, '0', '1'],
    ['ZREM', `${key}:z`, 'a'],
    ['XADD', `${key}:x`, '*', 'a', '1'],
    ['XLEN', `${key}:x`],
    ['XRANGE', `${key}:x`, '-', '+', 'COUNT', '1'],
    ['XDEL', `${key}:x`, '0-1'],
    ['TIME'],
    ['DEL', key, `${key}:h`, `${key}:z`, `${key}:x`],
  ];
}

/** Looks at Redis: that it answers, and that its user has every right that nodes need. */
export async function checkRedis({ redis: { url, prefix } }: Config): Promise<Finding[]> {
  if (url === null) return [leftOut('redis', 'REDIS_URL is not set: one process serves everything')];
  const name = randomBytes(6).toString('hex');
  let link: RedisLink;
  let isCluster: boolean;
  try {
    const topology = await discoverTopology(parseRedisUrls(url, 'tidings-doctor'));
    const server = topology.serverOf(`${prefix}:{doctor-${name}}`);
    if (server === undefined)
      return [wrong('redis', 'the cluster has slots that no server serves', 'mend the cluster (redis-cli --cluster check)')];
    isCluster = topology.isCluster;
    link = await RedisLink.open(server);
  } catch (error) {
    const remedy = 'check host, port, password and TLS of REDIS_URL; until it is back, messages wait for the sweep';
    return [wrong('redis', reasonOf(error), remedy)];
  }
  try {
    const refused = await refusedOf(link, [
      ...commandsOf(prefix, name),
      ...(isCluster ? [['SPUBLISH', `${prefix}:{doctor-${name}}`, ''] as const] : []),
    ]);
    if (refused.length === 0)
      return [ok('redis', isCluster ? 'the cluster answers, with all rights' : 'answers, with all rights')];
    return refused.map(({ names, said }) =>
      wrong(
        'redis',
        `${names.join(', ')}: ${said}`,
        /NOPERM/.test(said)
          ? `give its user the rights that docs/operations.md lists: ACL SETUSER … ~${prefix}:* &${prefix}:* ${names.map((one) => `+${one.toLowerCase()}`).join(' ')}`
          : 'mend what Redis says (its disk, its memory, its role)',
      ),
    );
  } finally {
    link.close();
  }
}

/** Tries each command. Returns what Redis refused, with the commands that it refused so. */
async function refusedOf(link: RedisLink, commands: readonly Command[]): Promise<Array<{ names: string[]; said: string }>> {
  const refusals = new Map<string, string[]>();
  for (const [name, ...args] of commands) {
    try {
      await link.redis.call(name, ...args);
    } catch (error) {
      // NOPERM names the command; refusals of the same kind are told together.
      const said = /^NOPERM/.test(reasonOf(error)) ? 'NOPERM, its user may not do this' : reasonOf(error);
      refusals.set(said, [...(refusals.get(said) ?? []), name]);
    }
  }
  return [...refusals].map(([said, names]) => ({ names, said }));
}
