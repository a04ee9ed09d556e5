import type { Logger } from '../../core/ports/logger.js';
import type { BackoffRange } from '../../lib/time/backoff.js';
import { LastingFault } from '../../lib/time/lasting-fault.js';
import type { Timers } from '../../lib/time/timers.js';
import { answerInTime } from '../../redis/answer-in-time.js';
import { isAnswer } from '../../redis/is-answer.js';
import { ReconnectWatcher } from '../../redis/reconnect-watcher.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { parseRedisUrls } from '../../redis/redis-server.js';
import { ServerLinks } from '../../redis/server-links.js';
import type { Topology } from '../../redis/topology.js';
import { callLimitScript, defineLimitScripts, type LimitScript } from './limit-scripts.js';

/** Bounds of the delay before a lost server is looked for again. */
const RETRY: BackoffRange = { firstMs: 25, lastMs: 1000 };
/** Waits at most this long for an answer, in milliseconds: calls wait for it, and can be judged without. */
const ANSWER_WITHIN_MS = 250;
/** Asks no more for this long after a call that got no answer, in milliseconds. */
const PAUSE_MS = 1_000;

export interface LimitLinksOptions {
  /**
   * URLs of Redis, comma-separated: of one server, the seeds of a cluster, or a primary and the servers that
   * may take over from it.
   */
  url: string;
  logger: Logger;
  timers: Timers;
}

/** Keeps a connection to each server that has limits, and calls scripts on the one that has a key. */
export class LimitLinks {
  readonly #links: ServerLinks<RedisLink>;
  readonly #watcher: ReconnectWatcher;
  readonly #fault: LastingFault;
  #topology: Topology | null = null;
  /** Remembers whether the topology is: a cluster has thousands of slots to look at. */
  #complete = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: LimitLinksOptions) {
    const { url, logger, timers } = options;
    this.#fault = new LastingFault(timers);
    this.#links = new ServerLinks({
      prepare: (link) => {
        defineLimitScripts(link.redis);
        return link;
      },
      onLost: ({ key }, reason) => this.#watcher.lost(reason, key),
    });
    this.#watcher = new ReconnectWatcher(
      {
        seeds: parseRedisUrls(url, 'tidings-limits'),
        retry: RETRY,
        follow: (topology) => this.#follow(topology),
        isWhole: () => this.whole,
        onTrouble: (reason, server) =>
          logger.warn({ server, reason }, 'limits of tenants have lost Redis: nodes grant their share'),
        onRecovered: () => logger.info({}, 'limits of tenants are counted over all nodes again'),
      },
      timers,
    );
    this.#watcher.look();
  }

  /** True if every key has a server, and every server is connected. */
  get whole(): boolean {
    return this.#topology !== null && this.#complete && this.#links.cover(this.#topology);
  }

  /** False while nothing can be asked, or the latest call got no answer. */
  get usable(): boolean {
    return this.whole && this.options.timers.now() >= this.#pausedUntil;
  }

  /** @throws if there is no answer in time; the call may be carried out all the same */
  async call(script: LimitScript, keys: readonly [string, ...string[]], args: ReadonlyArray<string | number>): Promise<unknown> {
    const server = this.#topology?.serverOf(keys[0]);
    const link = server && this.#links.get(server.key);
    if (!link) throw new Error('Redis is away');
    try {
      const answer = await answerInTime(callLimitScript(link.redis, script, keys, args), ANSWER_WITHIN_MS);
      link.heard();
      return answer;
    } catch (error) {
      this.#failed(server.key, error);
      throw error;
    }
  }

  close(): void {
    this.#watcher.close();
    this.#links.close();
  }

  #failed(server: string, error: unknown): void {
    this.#pausedUntil = this.options.timers.now() + PAUSE_MS;
    if (!isAnswer(error)) return;
    // The slot may be elsewhere, or on its way.
    if (/^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.test(error.message)) this.#watcher.look();
    else if (this.#fault.isNews(`${server} ${error.message}`))
      this.options.logger.warn({ server, reason: error.message }, 'Redis refuses to count the limits of tenants');
  }

  async #follow(topology: Topology): Promise<void> {
    this.#links.retain(topology);
    this.#topology = topology;
    this.#complete = topology.complete;
    await this.#links.connect(topology, ({ key }, error) => this.#watcher.trouble(error.message, key));
  }
}
