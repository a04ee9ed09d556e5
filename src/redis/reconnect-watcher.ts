import { Backoff, type BackoffRange } from '../lib/time/backoff.js';
import { LastingFault } from '../lib/time/lasting-fault.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';
import { discoverTopology } from './discover-topology.js';
import type { RedisServer } from './redis-server.js';
import type { Topology } from './topology.js';

/** A connection that lasted this long, in milliseconds, was a good one: the next retry is quick again. */
const GOOD_AFTER_MS = 1000;
/**
 * Looks at a cluster, or at the order of several servers, about this often when nothing seems wrong, in
 * milliseconds.
 */
const LOOK_AGAIN_MS = 10_000;
/** Asks at most this many servers of a cluster about it, beside the seeds. */
const MEMBERS_ASKED = 8;

interface ReconnectWatcherOptions {
  /** The configured servers: seeds of a cluster, or a primary and the servers that may take over from it. */
  seeds: readonly RedisServer[];
  /** Bounds of the delay before the servers are looked for again after a loss. */
  retry: BackoffRange;
  /** Connects to the servers that are not connected, and leaves those that are not part of the topology. */
  follow(topology: Topology): Promise<void>;
  /** True while every server is connected. */
  isWhole(): boolean;
  /** Called once until all is well again. */
  onTrouble(reason: string, server: string): void;
  /** All is well again. */
  onRecovered(): void;
}

/**
 * Decides when to look for the servers: at the start, soon after a loss and again and again until all are
 * there, and now and then where they may change though no connection is lost.
 */
export class ReconnectWatcher {
  readonly #backoff: Backoff;
  #topology: Topology | null = null;
  #closed = false;
  #looking = false;
  #again = false;
  #retrying = false;
  #cancel = () => {};
  #goodSince = Number.NEGATIVE_INFINITY;
  #troubled = false;
  readonly #fault: LastingFault;
  /** True if the trouble was told, so that its end is, too. */
  #told = false;

  constructor(
    private readonly options: ReconnectWatcherOptions,
    private readonly timers: Timers = systemTimers,
    private readonly discover: (servers: readonly RedisServer[]) => Promise<Topology> = discoverTopology,
  ) {
    this.#fault = new LastingFault(timers);
    this.#backoff = new Backoff(options.retry, () => timers.random());
  }

  /** Looks now; once more soon after, if it is looking already. */
  look(): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#looking = true;
    this.#again = false;
    this.#retrying = false;
    void this.#followWhatIsThere()
      .catch((error: Error) => this.trouble(error.message))
      .finally(() => {
        this.#looking = false;
        if (this.#closed) return;
        if (this.options.isWhole() && !this.#again) this.#recovered();
        else this.#later();
      });
  }

  /** Takes note of a connection that was lost. */
  lost(reason: string, server: string): void {
    if (this.#closed) return;
    this.trouble(reason, server);
    if (this.timers.now() - this.#goodSince > GOOD_AFTER_MS) this.#backoff.reset();
    this.#goodSince = Number.POSITIVE_INFINITY;
    if (this.#looking) {
      this.#again = true;
    } else if (!this.#retrying) {
      this.#cancel();
      this.#later();
    }
  }

  /**
   * Reports that something is wrong, once until all is well again. A connection that breaks for the same
   * reason as soon as it is made, such as a missing right, is told once a minute.
   */
  trouble(reason: string, server = this.options.seeds.map(({ key }) => key).join(', ')): void {
    if (this.#closed || this.#troubled) return;
    this.#troubled = true;
    const isNews = this.#fault.isNews(`${server} ${reason}`);
    this.#told = isNews || this.timers.now() - this.#goodSince > GOOD_AFTER_MS;
    if (this.#told) this.options.onTrouble(reason, server);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #followWhatIsThere(): Promise<void> {
    this.#topology = await this.discover(this.#candidates());
    await this.options.follow(this.#topology);
  }

  // A cluster may have moved away from all seeds that it had when we started.
  #candidates(): RedisServer[] {
    const members = this.#topology?.isCluster ? [...this.#topology.servers.values()].slice(0, MEMBERS_ASKED) : [];
    return [...new Map([...this.options.seeds, ...members].map((one) => [one.key, one])).values()];
  }

  #recovered(): void {
    const { seeds, onRecovered } = this.options;
    this.#goodSince = this.timers.now();
    if (this.#troubled && this.#told) onRecovered();
    this.#troubled = false;
    if (!this.#topology?.isCluster && seeds.length === 1 && seeds[0]?.sentinel === undefined) return;
    this.#cancel = this.timers.after(LOOK_AGAIN_MS * (0.5 + this.timers.random()), () => this.look());
  }

  #later(): void {
    this.#retrying = true;
    this.#cancel = this.timers.after(this.#backoff.next(), () => this.look());
  }
}
