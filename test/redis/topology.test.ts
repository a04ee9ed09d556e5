import { expect, test } from '@jest/globals';
import { HASH_SLOTS, hashSlotOf } from '../../src/redis/hash-slots.js';
import { parseRedisUrls, type RedisServer } from '../../src/redis/redis-server.js';
import { Topology } from '../../src/redis/topology.js';

const [a, b] = parseRedisUrls('redis://a,redis://b', 'test') as [RedisServer, RedisServer];

test('one server carries every name', () => {
  const topology = Topology.single(a);
  expect([topology.isCluster, topology.complete]).toEqual([false, true]);
  expect(topology.serverOf('any name')).toBe(a);
});

test('in a cluster the slot decides, and may have nobody', () => {
  const owners = new Array<RedisServer | undefined>(HASH_SLOTS).fill(a);
  owners[hashSlotOf('moved')] = b;
  expect(Topology.cluster(owners).complete).toBe(true);
  owners[hashSlotOf('lost')] = undefined;
  const topology = Topology.cluster(owners);
  expect(['moved', '{moved}:x', 'other', 'lost'].map((name) => topology.serverOf(name)?.key)).toEqual([
    b.key,
    b.key,
    a.key,
    undefined,
  ]);
  expect([topology.isCluster, topology.complete, [...topology.servers.keys()]]).toEqual([true, false, [a.key, b.key]]);
});

test('what was connected stays while its server does, but not when a server becomes a cluster', () => {
  const [single, cluster] = [Topology.single(a), Topology.cluster([a])];
  expect(single.keeps(a.key, null)).toBe(true);
  expect(single.keeps(a.key, Topology.single(a))).toBe(true);
  expect(single.keeps(b.key, Topology.single(b))).toBe(false);
  expect(cluster.keeps(a.key, single)).toBe(false);
});
