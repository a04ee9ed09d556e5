import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { discoverTopology } from '../../src/redis/discover-topology.js';
import type { RedisLink } from '../../src/redis/redis-link.js';
import { parseRedisUrls, type RedisServer } from '../../src/redis/redis-server.js';
import { ServerLinks, type ServerLinksOptions } from '../../src/redis/server-links.js';
import { Topology } from '../../src/redis/topology.js';
import { onServer } from '../bus/cluster.js';
import { freePort, startRedis, type TestRedis, until } from '../support/index.js';

let redis: TestRedis;
let server: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
  [server] = parseRedisUrls(redis.url, 'links') as [RedisServer];
});
afterAll(() => redis.stop());

const connections = () =>
  onServer(redis.port, async (admin) => String(await admin.client('LIST')).split('name=links').length - 1);

function links(prepare: ServerLinksOptions<RedisLink>['prepare'] = (link) => link) {
  const [lost, failed]: [string[], string[]] = [[], []];
  const one = new ServerLinks<RedisLink>({ prepare, onLost: ({ key }) => lost.push(key) });
  const connect = async (topology: Topology) => {
    one.retain(topology);
    await one.connect(topology, ({ key }) => failed.push(key));
  };
  return { one, lost, failed, connect };
}

describe('links to servers', () => {
  it('are made once, told when they are lost, and made again when asked for', async () => {
    const { one, lost, failed, connect } = links();
    const topology = Topology.single(server);
    expect(one.cover(topology)).toBe(false);
    await connect(topology);
    const first = one.get(server.key);
    await connect(topology);
    expect(one.get(server.key)).toBe(first);
    expect([one.cover(topology), await connections()]).toEqual([true, 1]);
    await onServer(redis.port, (admin) => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    await until('the loss', () => lost.length > 0);
    expect([one.get(server.key), one.cover(topology)]).toEqual([null, false]);
    await connect(topology);
    expect(one.get(server.key)).not.toBeNull();
    one.close();
    expect([lost, failed]).toEqual([[server.key], []]);
    await until('no connection', async () => (await connections()) === 0);
  });

  it('are closed when the topology changes, and nobody is told', async () => {
    const { one, lost, failed, connect } = links();
    await connect(Topology.single(server));
    const [away] = parseRedisUrls(`redis://127.0.0.1:${await freePort()}`, 'links') as [RedisServer];
    await connect(Topology.single(away));
    expect([one.get(server.key), lost, failed]).toEqual([null, [], [away.key]]);
    await until('no connection', async () => (await connections()) === 0);
    one.close();
  });

  it('fail, and leave nothing behind, if they cannot be prepared or break meanwhile', async () => {
    for (const prepare of [
      () => Promise.reject(new Error('no')),
      async (link: RedisLink) => {
        link.lose('broken');
        return link;
      },
    ]) {
      const { one, lost, failed, connect } = links(prepare);
      await connect(Topology.single(server));
      expect([one.get(server.key), lost, failed]).toEqual([null, [], [server.key]]);
      await until('no connection', async () => (await connections()) === 0);
      one.close();
    }
  });

  it('that are under way when all is closed do not stay', async () => {
    const { one, connect } = links();
    const connecting = connect(Topology.single(server));
    one.close();
    await connecting;
    expect(one.get(server.key)).toBeNull();
    await until('no connection', async () => (await connections()) === 0);
  });
});

describe('the discovery of servers', () => {
  it('takes the first in order that is a primary, a replica only if there is no primary, and fails if none answers', async () => {
    const other = await startRedis();
    try {
      await onServer(other.port, (admin) => admin.replicaof('127.0.0.1', redis.port));
      const nobody = `redis://127.0.0.1:${await freePort()}`;
      const found = async (...urls: string[]) => {
        const topology = await discoverTopology(parseRedisUrls(urls.join(','), 'links'));
        return [...topology.servers.keys()];
      };
      expect(await found(nobody, other.url, redis.url)).toEqual([`127.0.0.1:${redis.port}`]);
      expect(await found(nobody, other.url)).toEqual([`127.0.0.1:${other.port}`]);
      await expect(found(nobody)).rejects.toThrow('ECONNREFUSED');
    } finally {
      await other.stop();
    }
  });
});
