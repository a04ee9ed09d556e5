import { RedisLink } from './redis-link.js';
import type { RedisServer } from './redis-server.js';
import type { Topology } from './topology.js';

export interface ServerLinksOptions<Use> {
  /**
   * Makes a new link ready for use. What it returns counts as connected from the same turn of the event loop
   * on.
   */
  prepare(link: RedisLink, server: RedisServer, topology: Topology): Use | Promise<Use>;
  /** A link that was ready is lost. */
  onLost(server: RedisServer, reason: string): void;
}

interface Entry<Use> {
  link: RedisLink;
  use: Use;
}

/** Keeps one link to each server of the latest topology, with what its owner uses it for. */
export class ServerLinks<Use> {
  readonly #entries = new Map<string, Entry<Use>>();
  #topology: Topology | null = null;
  #closed = false;

  constructor(private readonly options: ServerLinksOptions<Use>) {}

  /** Returns what the link to a server is used for, or null while the server is not connected. */
  get(key: string): Use | null {
    return this.#entries.get(key)?.use ?? null;
  }

  /** True if every server of the topology is connected. */
  cover(topology: Topology): boolean {
    for (const key of topology.servers.keys()) if (!this.#entries.has(key)) return false;
    return topology.servers.size > 0;
  }

  /** Closes the links that have no place in this topology. */
  retain(topology: Topology): void {
    for (const [key, { link }] of this.#entries) {
      if (topology.keeps(key, this.#topology)) continue;
      this.#entries.delete(key);
      link.close();
    }
    this.#topology = topology;
  }

  /**
   * Connects to the servers that are not connected. Calls must not overlap.
   *
   * @param onFailed is told of each server that could not be reached
   */
  async connect(topology: Topology, onFailed: (server: RedisServer, error: Error) => void): Promise<void> {
    const missing = [...topology.servers.values()].filter(({ key }) => !this.#entries.has(key));
    await Promise.all(missing.map((server) => this.#open(server, topology).catch((error: Error) => onFailed(server, error))));
  }

  close(): void {
    this.#closed = true;
    for (const { link } of this.#entries.values()) link.close();
    this.#entries.clear();
  }

  async #open(server: RedisServer, topology: Topology): Promise<void> {
    const { prepare, onLost } = this.options;
    const link = await RedisLink.open(server, (reason) => {
      // Lost before it was ready: `prepare` fails, which is told instead.
      if (this.#entries.get(server.key)?.link !== link) return;
      this.#entries.delete(server.key);
      onLost(server, reason);
    });
    try {
      if (this.#closed) return link.close();
      const prepared = prepare(link, server, topology);
      // Not awaited unless it has to be: nobody may come between preparation and entry.
      const use = prepared instanceof Promise ? await prepared : prepared;
      if (this.#closed) return link.close();
      if (link.ended) throw new Error('connection closed');
      this.#entries.set(server.key, { link, use });
    } catch (error) {
      link.close();
      throw error;
    }
  }
}
