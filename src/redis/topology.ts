import { hashSlotOf } from './hash-slots.js';
import type { RedisServer } from './redis-server.js';

/** Says which servers there are, and which one carries a name (a key or a channel). */
export class Topology {
  private constructor(
    readonly servers: ReadonlyMap<string, RedisServer>,
    /** The server of each hash slot; null unless in cluster mode. */
    private readonly owners: ReadonlyArray<RedisServer | undefined> | null,
  ) {}

  static single(server: RedisServer): Topology {
    return new Topology(new Map([[server.key, server]]), null);
  }

  static cluster(owners: ReadonlyArray<RedisServer | undefined>): Topology {
    const servers = owners.filter((owner) => owner !== undefined).map((owner) => [owner.key, owner] as const);
    return new Topology(new Map(servers), owners);
  }

  get isCluster(): boolean {
    return this.owners !== null;
  }

  /** True if every name has a server. */
  get complete(): boolean {
    return this.owners === null || !this.owners.includes(undefined);
  }

  /**
   * True if what was connected to this server under the former topology can stay: not if a cluster began or
   * ceased to be one.
   */
  keeps(key: string, former: Topology | null): boolean {
    return this.servers.has(key) && (former === null || former.isCluster === this.isCluster);
  }

  /** Undefined while nobody serves the name's slot. */
  serverOf(name: string): RedisServer | undefined {
    if (this.owners) return this.owners[hashSlotOf(name)];
    for (const server of this.servers.values()) return server;
    return undefined;
  }
}
