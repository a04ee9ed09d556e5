import { answerInTime } from './answer-in-time.js';
import { HASH_SLOTS } from './hash-slots.js';
import { isAnswer } from './is-answer.js';
import { RedisLink } from './redis-link.js';
import { type RedisServer, siblingOf } from './redis-server.js';
import { primaryOf } from './sentinel.js';
import { Topology } from './topology.js';

/** Matches the errors of a server that carries out nothing at the moment, or nothing for us. */
const OUT_OF_SERVICE = /^(?:LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|NOAUTH)\b/;

interface Answer {
  topology: Topology;
  /** False if the server follows another one. */
  primary: boolean;
}

/**
 * Asks all servers at once; the first in order that answers and is not a replica decides. So several URLs are
 * the seeds of a cluster, or a primary and the servers that may take over from it. Sentinels are asked for the
 * primary, whose role is looked at: it may have died since.
 *
 * @throws if none answers
 */
export async function discoverTopology(servers: readonly RedisServer[]): Promise<Topology> {
  const answers = servers.map(ask);
  // Answers after the one that decides are not awaited; their failure is no news.
  for (const answer of answers) answer.catch(() => {});
  let replica: Topology | undefined;
  let failure: unknown;
  for (const answer of answers) {
    try {
      const { topology, primary } = await answer;
      if (primary) return topology;
      replica ??= topology;
    } catch (error) {
      failure ??= error;
    }
  }
  if (replica) return replica;
  throw failure;
}

async function ask(seed: RedisServer): Promise<Answer> {
  const server = seed.sentinel === undefined ? seed : await primaryOf(seed);
  const link = await RedisLink.open(server).catch(explained);
  try {
    return await answerInTime(topologyAsSeenBy(link, server));
  } finally {
    link.close();
  }
}

/** A server in cluster mode has no other database than 0. */
function explained(error: unknown): never {
  if (!/SELECT is not allowed in cluster mode/i.test(String(error))) throw error;
  throw new Error('a Redis cluster has database 0 only: take the number out of REDIS_URL');
}

async function topologyAsSeenBy({ redis }: RedisLink, server: RedisServer): Promise<Answer> {
  // A proxy or an access list that refuses INFO stands before a single server, as far as we can know.
  const info = await redis.info().catch((error: unknown) => {
    if (isAnswer(error) && !OUT_OF_SERVICE.test(error.message)) return '';
    throw error;
  });
  if (/^redis_mode:cluster\r?$/m.test(info)) return { topology: parseSlots(await redis.cluster('SLOTS'), server), primary: true };
  return { topology: Topology.single(server), primary: !/^role:slave\r?$/m.test(info) };
}

/** @param ranges the answer of CLUSTER SLOTS: `[first, last, [host, port, …], replica…]` each */
function parseSlots(ranges: unknown, asked: RedisServer): Topology {
  const owners = new Array<RedisServer | undefined>(HASH_SLOTS).fill(undefined);
  for (const [first, last, owner] of ranges as Array<[number, number, [string | null, number]]>) {
    // A server that does not know its own name yet means the one that was asked.
    owners.fill(siblingOf(asked, owner[0] || String(asked.options.host), Number(owner[1])), Number(first), Number(last) + 1);
  }
  return Topology.cluster(owners);
}
