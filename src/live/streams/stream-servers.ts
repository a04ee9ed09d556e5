import { unavailable } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import type { BackoffRange } from '../../lib/time/backoff.js';
import { sleep, systemTimers, type Timers } from '../../lib/time/timers.js';
import { ANSWER_MS, answerInTime } from '../../redis/answer-in-time.js';
import { isAnswer } from '../../redis/is-answer.js';
import { ReconnectWatcher } from '../../redis/reconnect-watcher.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { parseRedisUrls, type RedisServer } from '../../redis/redis-server.js';
import { ServerLinks } from '../../redis/server-links.js';
import type { Topology } from '../../redis/topology.js';
import { CLUSTER_RUN, callScript, defineScripts, type ScriptArguments, type ScriptName } from './redis-scripts.js';
import { StreamRefusals } from './stream-refusals.js';

/** Fails a call after this long, in milliseconds. */
const COMMAND_MS = ANSWER_MS;
/**
 * Bounds of the delay before a lost server is looked for again: an append waits a second for it, so it must
 * not be longer.
 */
const RETRY: BackoffRange = { firstMs: 25, lastMs: 250 };
/** Waits this long before a call is made again that a cluster did not carry out, in milliseconds. */
const REDIRECTED_MS = 50;
/** Makes such a call again for this long, in milliseconds: what is left of COMMAND_MS is for the answer. */
const REDIRECTED_FOR_MS = 1000;
/** Looks at so many names, at most, for one whose slot a server of a cluster has. */
const NAMES_TRIED = 100_000;
/** Checks this often whether a server is connected again, in milliseconds. */
const LOOK_MS = 20;

/** A connected server that keeps streams. */
interface StreamServer {
  readonly link: RedisLink;
  /** Names the life of the server; CLUSTER_RUN in a cluster. */
  readonly run: string;
  /** Has to be added to `timers.now()` to get the server's time in milliseconds. */
  readonly offsetMs: number;
  /** Names a key on it that holds nothing. */
  readonly probeKey: string;
}

/** Describes the call of a script. */
interface StreamCall {
  script: ScriptName;
  /** Lists at least one key; all are in one hash slot. */
  keys: [string, ...string[]];
  args(server: StreamServer): ScriptArguments;
}

interface StreamServersOptions {
  /**
   * URLs of Redis, comma-separated: of one server, the seeds of a cluster, or a primary and the servers that
   * may take over from it.
   */
  url: string;
  /** Begins every key. */
  prefix: string;
  logger: Logger;
  timers?: Timers;
}

/** Keeps a connection to each server that has streams, and calls scripts on the one that has a key. */
export class StreamServers {
  readonly #timers: Timers;
  readonly #links: ServerLinks<StreamServer>;
  readonly #watcher: ReconnectWatcher;
  readonly #refusals: StreamRefusals<StreamServer>;
  #topology: Topology | null = null;
  #closed = false;

  constructor({ url, prefix, logger, timers = systemTimers }: StreamServersOptions) {
    this.#timers = timers;
    this.#refusals = new StreamRefusals({
      probe: ({ link, run, probeKey }) => answerInTime(callScript(link.redis, 'tidingsProbe', [probeKey], [run])),
      logger,
      timers,
    });
    this.#links = new ServerLinks({
      prepare: async (link, server, topology) => {
        const probeKey = nameOn(server, topology, (n) => `${prefix}:live:{probe-${n}}`);
        const greeted = { ...(await answerInTime(greet(link, timers))), probeKey };
        await this.#refusals.probe(greeted);
        return greeted;
      },
      onLost: ({ key }, reason) => this.#watcher.lost(reason, key),
    });
    this.#watcher = new ReconnectWatcher(
      {
        seeds: parseRedisUrls(url, 'tidings-live'),
        retry: RETRY,
        follow: (topology) => this.#follow(topology),
        isWhole: () => this.whole,
        onTrouble: (reason) => logger.warn({ reason }, 'the stream of live events has lost Redis'),
        onRecovered: () => logger.info({}, 'the stream of live events is connected to Redis'),
      },
      timers,
    );
    this.#watcher.look();
  }

  /** True if every key has a server, and every server is connected. */
  get whole(): boolean {
    return this.#topology?.complete === true && this.#links.cover(this.#topology);
  }

  /** True if every server is connected, and none refuses events. */
  get available(): boolean {
    return this.whole && !this.#refusals.any;
  }

  /** Waits until the server of this key is connected. Answers false if it is not within `ms` milliseconds. */
  async connected(key: string, ms: number): Promise<boolean> {
    const until = this.#timers.now() + ms;
    while (!this.#serverOf(key) && !this.#closed && this.#timers.now() < until) await sleep(this.#timers, LOOK_MS);
    return this.#serverOf(key) !== null;
  }

  /**
   * Calls a script on the server that has its keys. What a cluster surely did not carry out is called again.
   *
   * @throws SERVICE_UNAVAILABLE within COMMAND_MS
   */
  async call(call: StreamCall): Promise<unknown> {
    const begun = this.#timers.now();
    for (;;) {
      const server = this.#serverOf(call.keys[0]);
      if (server === null) throw unavailable('Redis is away');
      try {
        return await this.#callOn(server, call, begun + COMMAND_MS - this.#timers.now());
      } catch (error) {
        const again = this.#wasRedirected(server, error) && this.#timers.now() - begun <= REDIRECTED_FOR_MS;
        if (!again) throw unavailable(isAnswer(error) ? 'Redis refuses it' : 'Redis is away', 'NOT_ACCEPTED', error);
        await sleep(this.#timers, REDIRECTED_MS);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#watcher.close();
    this.#refusals.close();
    this.#links.close();
  }

  async #callOn(server: StreamServer, { script, keys, args }: StreamCall, ms: number): Promise<unknown> {
    const { link } = server;
    const answer = await answerInTime(callScript(link.redis, script, keys, args(server)), ms);
    link.heard();
    return answer;
  }

  /** Draws the conclusions from a call that failed. True if a cluster surely did not carry it out. */
  #wasRedirected(server: StreamServer, error: unknown): boolean {
    const code = redirectionOf(error);
    if (code === 'MOVED') this.#watcher.look();
    if (code !== null) return true;
    if (isAnswer(error) && !GREETED_ANEW.test(error.message)) this.#refusals.refused(server, error);
    else server.link.lose(error instanceof Error ? error.message : String(error));
    return false;
  }

  async #follow(topology: Topology): Promise<void> {
    this.#links.retain(topology);
    this.#topology = topology;
    await this.#links.connect(topology, ({ key }, error) => this.#watcher.trouble(error.message, key));
  }

  #serverOf(key: string): StreamServer | null {
    const server = this.#topology?.serverOf(key);
    return server ? this.#links.get(server.key) : null;
  }
}

/**
 * Matches answers of a server whose clock was set, or that has become another. What gives none is greeted
 * anew, too.
 */
const GREETED_ANEW = /^(?:LATE|READONLY|LOADING|MASTERDOWN|NOAUTH)\b/;

/** Finds a name that a server carries. */
function nameOn({ key }: RedisServer, topology: Topology, name: (n: number) => string): string {
  for (let n = 0; n < NAMES_TRIED; n++) if (topology.serverOf(name(n))?.key === key) return name(n);
  return name(0);
}

/**
 * Asks a server who it is and what time it has. Tied to the connection: behind another one may be another
 * life of the server.
 */
async function greet(link: RedisLink, timers: Timers): Promise<Omit<StreamServer, 'probeKey'>> {
  const { redis } = link;
  const info = await redis.info();
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  if (read('role') === 'slave') throw new Error('a replica takes no events');
  const [seconds, micros] = (await redis.time()).map(Number) as [number, number];
  const offsetMs = seconds * 1000 + micros / 1000 - timers.now();
  defineScripts(redis);
  return { link, run: read('redis_mode') === 'cluster' ? CLUSTER_RUN : read('run_id'), offsetMs };
}

/**
 * Reads an answer of a cluster that says that nothing was done: the slot is elsewhere, on its way, or not
 * served yet.
 */
const redirectionOf = (error: unknown): string | null =>
  /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.exec(error instanceof Error ? error.message : '')?.[1] ?? null;
