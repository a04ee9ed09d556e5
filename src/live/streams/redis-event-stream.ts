import { randomBytes } from 'node:crypto';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { unavailable } from '../../core/domain/errors.js';
import { placeOf, RANDOM_DIGITS } from '../../core/domain/live/event-id.js';
import type { LiveEvent, NewLiveEvent } from '../../core/domain/live/live-event.js';
import { ALL_PARTS, type Part, partsOfEvent } from '../../core/domain/live/topic-pattern.js';
import {
  type AppendedEvent,
  EVENTS_PER_PAGE,
  type EventStream,
  type EventsAfter,
  type StreamBounds,
  type StreamHeads,
  type StreamRun,
} from '../../core/ports/event-stream.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Clock } from '../../lib/time/clock.js';
import { AFTER, APPEND, CLUSTER_RUN, HEADS } from './redis-scripts.js';

export interface RedisEventStreamOptions {
  /** Connection options of each server of REDIS_URL. */
  servers: readonly RedisOptions[];
  /** Begins every key. */
  prefix: string;
  /** The database's. */
  clock: Clock;
  bounds: StreamBounds;
  logger: Logger;
}

/** How long one command may take. */
const COMMAND_MS = 2000;
/** An append that the server comes to later than this does nothing: its caller has been told that nothing was published. */
const APPEND_WITHIN_MS = 1500;
/** How long a cluster may take to be whole; then it is begun anew. */
const CLUSTER_MS = 3000;
const RETRY_MS = 250;
/** How long an append whose connection broke waits for another one. */
const BACK_WITHIN_MS = 1000;
const LOOK_MS = 20;
/** How long an idle tenant's stream remembers which event was its last, so that a client that missed nothing hears so. */
const FACTS_LIFE_MS = 24 * 60 * 60 * 1000;

interface Live {
  client: Redis | Cluster;
  /** Which life of the server this is; in a cluster, where each tenant is on another one, scripts ask for it themselves. */
  run: string;
  /** What must be added to `performance.now()` to get the server's time. */
  offsetMs: number;
}

/**
 * On Redis Streams: one script appends events, names their predecessors and forgets what is too old or too much, so that all nodes
 * see one order. Starts without Redis and goes on without it.
 */
export class RedisEventStream implements EventStream {
  #live: Live | null = null;
  #client: Redis | Cluster | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #troubled = false;
  #server = 0;

  constructor(private readonly options: RedisEventStreamOptions) {
    this.#connect();
  }

  get available(): boolean {
    return this.#live !== null;
  }

  async append(tenantId: string, events: readonly NewLiveEvent[]): Promise<AppendedEvent[]> {
    const call = randomBytes(8).toString('hex');
    try {
      return await this.#append(tenantId, events, call);
    } catch (error) {
      // The connection may have broken behind a call that was carried out: asked again, it answers the same.
      if (!(await this.#back())) throw error;
      return this.#append(tenantId, events, call);
    }
  }

  /** True if there is a connection again within a while. */
  async #back(): Promise<boolean> {
    const until = performance.now() + BACK_WITHIN_MS;
    while (!this.#live && !this.#closed && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return this.#live !== null;
  }

  async #append(tenantId: string, events: readonly NewLiveEvent[], call: string): Promise<AppendedEvent[]> {
    const { run, offsetMs } = this.#require();
    const { clock, bounds } = this.options;
    const parts = new Map<Part, number>();
    const args: Array<string | number> = [
      run,
      Math.floor(clock.now()),
      bounds.maxAgeMs,
      bounds.maxEvents,
      bounds.maxBytes,
      Math.max(FACTS_LIFE_MS, 2 * bounds.maxAgeMs),
      Math.floor(performance.now() + offsetMs + APPEND_WITHIN_MS),
      events.length,
    ];
    const partsOf = events.map((event) => {
      const own = partsOfEvent(event);
      const positions = own.map((part) => {
        const position = parts.get(part) ?? parts.size + 4;
        parts.set(part, position);
        return position;
      });
      args.push(JSON.stringify(event), randomBytes(RANDOM_DIGITS / 2).toString('hex'), positions.length, ...positions);
      return own;
    });
    const own = ['events', 'facts', `call:${call}`].map((what) => this.#key(tenantId, what));
    const keys = [...own, ...this.#partKeys(tenantId, [...parts.keys()])];
    const [server, ...answer] = (await this.#run('tidingsAppend', keys, args)) as [string, ...string[][]];
    return events.map((event, i) => {
      const [id = '', ...before] = answer[i] ?? [];
      const previous = new Map([ALL_PARTS, ...(partsOf[i] ?? [])].map((part, n) => [part, before[n] || null]));
      return { event: { ...event, id, createdAt: placeOf(id)?.ms ?? 0 }, previous, run: shortOf(server) };
    });
  }

  async after(tenantId: string, id: string | null): Promise<EventsAfter> {
    const { run } = this.#require();
    const place = id === null ? null : placeOf(id);
    const [recovered, server, ...found] = (await this.#run(
      'tidingsAfter',
      [this.#key(tenantId, 'events'), this.#key(tenantId, 'facts')],
      [run, id === null ? '' : place ? id : 'none', place ? `${place.ms}-${place.seq}` : '0-0', EVENTS_PER_PAGE + 1],
    )) as [number, string, ...string[]];
    const events: LiveEvent[] = [];
    for (let i = 0; i + 1 < found.length && events.length < EVENTS_PER_PAGE; i += 2) {
      const eventOf = found[i] as string;
      events.push({ ...(JSON.parse(found[i + 1] as string) as NewLiveEvent), id: eventOf, createdAt: placeOf(eventOf)?.ms ?? 0 });
    }
    return { recovered: recovered === 1, events, more: found.length / 2 > EVENTS_PER_PAGE, run: shortOf(server) };
  }

  async heads(tenantId: string, parts: readonly Part[]): Promise<StreamHeads> {
    const { run } = this.#require();
    const named = parts.filter((part) => part !== ALL_PARTS);
    const keys = [this.#key(tenantId, 'facts'), ...this.#partKeys(tenantId, named)];
    const [server, all, ...heads] = (await this.#run('tidingsHeads', keys, [run])) as [string, ...string[]];
    const found = new Map<Part, string | undefined>([[ALL_PARTS, all], ...named.map((part, i) => [part, heads[i]] as const)]);
    return { ids: parts.map((part) => found.get(part) || null), run: shortOf(server) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#live = null;
    this.#client?.disconnect();
    if (this.#client instanceof Redis) this.#client.stream?.destroy();
  }

  // The braces keep all keys of a tenant in one slot of a cluster.
  #key(tenantId: string, what: string): string {
    return `${this.options.prefix}:live:{${tenantId}}:${what}`;
  }

  #partKeys(tenantId: string, parts: readonly Part[]): string[] {
    return parts.map((part) => this.#key(tenantId, `part:${part}`));
  }

  #require(): Live {
    if (!this.#live) throw unavailable('Redis is away');
    return this.#live;
  }

  async #run(command: string, keys: string[], args: Array<string | number>): Promise<unknown> {
    const { client } = this.#require();
    const scripted = client as unknown as Record<string, (...args: Array<string | number>) => Promise<unknown>>;
    try {
      return await scripted[command]?.(keys.length, ...keys, ...args);
    } catch (error) {
      this.#trouble(error);
      // A server that is slow, or whose clock was set, is greeted anew. A cluster finds its servers by itself.
      if (client instanceof Redis) this.#leave(client);
      throw unavailable('Redis is away', 'NOT_ACCEPTED', error);
    }
  }

  // ---- The connection ----

  #connect(): void {
    const server = this.options.servers[this.#server++ % this.options.servers.length] as RedisOptions;
    const client = new Redis({ ...server, ...CONNECTION, lazyConnect: true });
    this.#client = client;
    this.#greet(client)
      .then(() => this.#troubled && this.options.logger.info({}, 'the stream of live events is connected to Redis'))
      .then(() => {
        this.#troubled = false;
      })
      .catch((error) => {
        this.#trouble(error);
        this.#leave(client);
      });
    client.on('error', (error) => this.#trouble(error));
    client.on('end', () => this.#again(client));
  }

  async #greet(client: Redis): Promise<void> {
    await client.connect();
    const info = await client.info('server');
    const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    if (this.#client !== client || this.#closed) return;
    if (read('redis_mode') === 'cluster') return this.#greetCluster(client);
    if (/^role:slave\r?$/m.test(await client.info('replication'))) throw new Error('a replica takes no events');
    await this.#adopt(client, client, read('run_id'));
  }

  async #greetCluster(seed: Redis): Promise<void> {
    const seeds = this.options.servers.map(({ host, port }) => ({ host, port }));
    const { host: _host, port: _port, ...shared } = this.options.servers[0] as RedisOptions;
    const cluster = new Cluster(seeds, {
      redisOptions: { ...shared, ...CONNECTION },
      enableOfflineQueue: false,
      lazyConnect: true,
      clusterRetryStrategy: () => RETRY_MS,
    });
    cluster.on('error', (error) => this.#trouble(error));
    try {
      await connectWithin(CLUSTER_MS, cluster);
      await this.#adopt(cluster, seed, CLUSTER_RUN);
    } catch (error) {
      // It would go on for ever, beside the next one.
      cluster.disconnect();
      throw error;
    }
    this.#client = cluster;
    seed.removeAllListeners('end');
    seed.disconnect();
  }

  async #adopt(client: Redis | Cluster, clock: Redis, run: string): Promise<void> {
    const [seconds, micros] = (await clock.time()).map(Number) as [number, number];
    const offsetMs = seconds * 1000 + micros / 1000 - performance.now();
    client.defineCommand('tidingsAppend', { lua: APPEND });
    client.defineCommand('tidingsAfter', { lua: AFTER });
    client.defineCommand('tidingsHeads', { lua: HEADS });
    if (this.#closed) client.disconnect();
    else this.#live = { client, run, offsetMs };
  }

  #leave(client: Redis): void {
    client.disconnect();
    // A paused server would never answer the end of the stream.
    client.stream?.destroy();
    this.#again(client);
  }

  #again(client: Redis): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = null;
    this.#live = null;
    this.#timer = setTimeout(() => this.#connect(), RETRY_MS * (0.5 + Math.random()));
    this.#timer.unref();
  }

  #trouble(error: unknown): void {
    if (this.#closed || this.#troubled) return;
    this.#troubled = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.options.logger.warn({ reason }, 'the stream of live events has lost Redis');
  }
}

/** What `connect` answers does not tell: it stays open for ever where the cluster is found but not whole, and whole at the second attempt. */
async function connectWithin(ms: number, cluster: Cluster): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the cluster is not whole')), ms);
      cluster.once('ready', resolve);
      cluster.connect().catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Enough of a server's run id (40 random digits) to tell its lives apart: it goes with every event. */
const shortOf = (run: string): StreamRun => run.slice(0, 12);

// A connection does not come back by itself: the server behind it may be another one, whose run must be asked first.
const CONNECTION = {
  connectionName: 'tidings-live',
  connectTimeout: COMMAND_MS,
  commandTimeout: COMMAND_MS,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
} as const satisfies RedisOptions;
