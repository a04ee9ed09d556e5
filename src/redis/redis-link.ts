import { Redis } from 'ioredis';
import type { RedisServer } from './redis-server.js';

/** Milliseconds within which a server must have taken a connection and answered its greeting. */
const OPEN_MS = 2000;
/** Milliseconds between two looks at a connection, and how long it may be silent to a ping: a paused server is noticed within 3 s. */
const PING_EVERY_MS = 1000;
const SILENCE_MS = 2000;

/**
 * One connection to one server, which does not come back once it is lost: whoever opened it decides what to do then, since the
 * server may have lost its slots or its role meanwhile.
 */
export class RedisLink {
  #lost = false;
  #pingedAt: number | null = null;
  #heard = false;
  #watch: NodeJS.Timeout | undefined;

  private constructor(
    readonly redis: Redis,
    private readonly onLost: (reason: string) => void,
  ) {}

  /**
   * @param onLost called once, when the connection has ended for any reason but `close`
   * @throws if the server cannot be reached in time
   */
  static async open({ options }: RedisServer, onLost: (reason: string) => void = () => {}): Promise<RedisLink> {
    const redis = new Redis({
      ...options,
      connectionName: 'tidings',
      lazyConnect: true,
      connectTimeout: OPEN_MS,
      // A paused server would never answer the end of the stream: destroyed at once.
      disconnectTimeout: 0,
      retryStrategy: () => null,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
    });
    const link = new RedisLink(redis, onLost);
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), OPEN_MS);
        // An error before "ready" (a wrong password) is told by this event alone.
        redis.on('error', (error) => reject(error));
      });
      await Promise.race([redis.connect(), late]);
    } catch (error) {
      link.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    redis.on('error', (error) => link.lose(error.message));
    redis.on('end', () => link.lose('connection closed'));
    link.#watch = setInterval(() => link.#look(), PING_EVERY_MS);
    return link;
  }

  /** Anything that came from the server proves that it lives, even while the answer to a ping stands in a long queue. */
  heard(): void {
    this.#heard = true;
  }

  lose(reason: string): void {
    if (this.#lost) return;
    this.close();
    this.onLost(reason);
  }

  close(): void {
    if (this.#lost) return;
    this.#lost = true;
    clearInterval(this.#watch);
    this.redis.disconnect();
  }

  #look(): void {
    if (this.#pingedAt === null) this.#ping();
    // Timers run before sockets are read: after a long turn of our own, the answer may be waiting there.
    else if (performance.now() - this.#pingedAt >= SILENCE_MS) setImmediate(() => setImmediate(() => this.#judge()));
    else this.#heard = false;
  }

  #judge(): void {
    if (this.#pingedAt === null || this.#lost) return;
    if (this.#heard) this.#heard = false;
    else this.lose('no answer to a ping');
  }

  #ping(): void {
    this.#pingedAt = performance.now();
    this.redis.ping().then(
      () => {
        this.#pingedAt = null;
      },
      () => this.lose('a ping failed'),
    );
  }
}
