import { HASH_SLOTS, hashSlotOf } from './hash-slots.js';
import { RedisLink } from './redis-link.js';
import { type RedisServer, siblingOf } from './redis-server.js';

/** Which servers there are, and which one carries a channel. */
export class Topology {
  private constructor(
    readonly servers: ReadonlyMap<string, RedisServer>,
    /** Null unless in cluster mode. */
    private readonly owners: Array<RedisServer | undefined> | null,
  ) {}

  static single(server: RedisServer): Topology {
    return new Topology(new Map([[server.key, server]]), null);
  }

  static cluster(owners: Array<RedisServer | undefined>): Topology {
    const servers = owners.filter((owner) => owner !== undefined).map((owner) => [owner.key, owner] as const);
    return new Topology(new Map(servers), owners);
  }

  get isCluster(): boolean {
    return this.owners !== null;
  }

  /** Whether every channel has a server. */
  get complete(): boolean {
    return this.owners === null || !this.owners.includes(undefined);
  }

  /** Undefined while nobody serves the channel's slot. */
  serverOf(channel: string): RedisServer | undefined {
    if (this.owners) return this.owners[hashSlotOf(channel)];
    for (const server of this.servers.values()) return server;
    return undefined;
  }
}

/**
 * Asks all servers at once; the first in order that answers and is not a replica decides. So several URLs are the seeds of a
 * cluster, or a primary and the servers that may take over from it.
 *
 * @throws if none answers
 */
export async function discover(servers: readonly RedisServer[]): Promise<Topology> {
  const asked = servers.map(async (server) => {
    const link = await RedisLink.open(server);
    try {
      return await limited(ask(link, server));
    } finally {
      link.close();
    }
  });
  // Those after the one that decides are not awaited; their failure is no news.
  for (const one of asked) one.catch(() => {});
  let replica: Topology | undefined;
  let failure: unknown;
  for (const one of asked) {
    try {
      const { topology, primary } = await one;
      if (primary) return topology;
      replica ??= topology;
    } catch (error) {
      failure ??= error;
    }
  }
  if (replica) return replica;
  throw failure;
}

const ANSWER_MS = 2000;

async function limited<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function ask({ redis }: RedisLink, server: RedisServer): Promise<{ topology: Topology; primary: boolean }> {
  // A proxy or an access list that refuses INFO stands before a single server, as far as we can know.
  const info = await redis.info().catch((error) => {
    if (/NOPERM|unknown command/i.test(String(error))) return '';
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
