import { Redis } from 'ioredis';
import { afterArrivals } from '../lib/time/after-arrivals.js';
import { ANSWER_MS, answerInTime } from './answer-in-time.js';
import { isAnswer } from './is-answer.js';
import type { RedisServer } from './redis-server.js';

/** Looks at each connection this often, in milliseconds. */
const PING_EVERY_MS = 1000;
/**
 * Gives a connection up after it was silent to a ping for this long, in milliseconds: a paused server is
 * noticed within 3 s.
 */
const SILENCE_MS = 2000;

/**
 * Connects to one server, once. A link does not come back when it is lost: its owner decides what to do then,
 * since the server may have lost its slots, its role or its memory meanwhile.
 */
export class RedisLink {
  #ended = false;
  #pingedAt: number | null = null;
  #heard = false;
  #watch: NodeJS.Timeout | undefined;

  private constructor(
    readonly redis: Redis,
    private readonly onLost: (reason: string) => void,
  ) {}

  /**
   * @param onLost called once, when the connection has ended for any reason but `close`
   * @throws if the server cannot be reached within ANSWER_MS
   */
  static async open({ options }: RedisServer, onLost: (reason: string) => void = () => {}): Promise<RedisLink> {
    const redis = new Redis({
      ...options,
      lazyConnect: true,
      connectTimeout: ANSWER_MS,
      // A paused server would never answer the end of the stream: destroyed at once.
      disconnectTimeout: 0,
      retryStrategy: () => null,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
    });
    const link = new RedisLink(redis, onLost);
    try {
      // An error before "ready" (a wrong password) is told by this event alone.
      const failure = new Promise<never>((_, reject) => redis.on('error', reject));
      await answerInTime(Promise.race([redis.connect(), failure]));
    } catch (error) {
      link.close();
      throw error;
    }
    redis.on('error', (error) => link.lose(error.message));
    redis.on('end', () => link.lose('connection closed'));
    link.#watch = setInterval(() => link.#look(), PING_EVERY_MS);
    return link;
  }

  /** True once it was lost or closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Takes note that the server lives: anything that came from it proves so, even while a ping's answer stands
   * in a queue.
   */
  heard(): void {
    this.#heard = true;
  }

  /**
   * Resolves once the server has answered everything before. What refuses a ping has answered it, too.
   *
   * @throws if the connection broke
   */
  async ping(): Promise<void> {
    await this.redis.ping().catch((error: unknown) => {
      if (!isAnswer(error)) throw error;
    });
  }

  /** Gives the connection up and tells the owner. */
  lose(reason: string): void {
    if (this.#ended) return;
    this.close();
    this.onLost(reason);
  }

  /** Ends the connection; the owner is not told. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#watch);
    this.redis.disconnect();
  }

  #look(): void {
    if (this.#pingedAt === null) this.#ping();
    else if (performance.now() - this.#pingedAt >= SILENCE_MS) afterArrivals(() => this.#judge());
    else this.#heard = false;
  }

  #judge(): void {
    if (this.#pingedAt === null || this.#ended) return;
    if (this.#heard) this.#heard = false;
    else this.lose('no answer to a ping');
  }

  #ping(): void {
    this.#pingedAt = performance.now();
    this.ping().then(
      () => {
        this.#pingedAt = null;
      },
      () => this.lose('a ping failed'),
    );
  }
}
