import type { CommandRefusal, LiveRequest, RequestTag } from '../../core/domain/live/protocol-translator.js';
import { StrikeCounter } from '../../lib/strike-counter.js';
import { TokenBucket } from '../../lib/token-bucket.js';

/** Bounds the commands of one connection. */
export interface QueueLimits {
  /** In the long run. */
  commandsPerSecond: number;
  /** At once, after a pause. */
  commandsBurst: number;
  /** Waiting for their turn. */
  waitingCommands: number;
}

export interface CommandQueueDeps {
  limits: QueueLimits;
  /** Milliseconds of a clock that only grows. */
  now(): number;
  /** Never rejects. */
  carryOut(request: LiveRequest): Promise<void>;
  refuse(tag: RequestTag, refusal: CommandRefusal): void;
  /** The client keeps breaking the rules. */
  offended(): void;
}

const OFFENCES_PER_MINUTE = 10;

/** What a connection is asked to do, one after the other, and within a rate; too many offences end it. */
export class CommandQueue {
  readonly #rate: TokenBucket;
  #end: Promise<void> = Promise.resolve();
  #waiting = 0;
  #refusals = 0;
  readonly #offences = new StrikeCounter(OFFENCES_PER_MINUTE);

  constructor(private readonly deps: CommandQueueDeps) {
    const { limits, now } = deps;
    this.#rate = new TokenBucket(limits.commandsPerSecond, limits.commandsBurst, now());
  }

  /** Carries it out behind those that came before it. */
  add(request: LiveRequest): void {
    if (this.#waiting >= this.deps.limits.waitingCommands || !this.#rate.take(this.deps.now())) {
      this.refuse(request.tag, { code: 'RATE_LIMITED', message: 'too many commands: wait a little' });
      return;
    }
    this.#waiting++;
    this.do(() => this.deps.carryOut(request).finally(() => this.#waiting--));
  }

  /** Behind the commands that have come. It must not reject. */
  do(task: () => Promise<void> | void): void {
    this.#end = this.#end.then(task);
  }

  refuse(tag: RequestTag, refusal: CommandRefusal): void {
    this.refuseBy(() => this.deps.refuse(tag, refusal));
  }

  /** Answered in its turn; then the offence counts. */
  refuseBy(tell: () => void): void {
    // Beyond what can be answered before the connection is closed.
    if (this.#refusals > OFFENCES_PER_MINUTE) return;
    this.#refusals++;
    this.do(() => {
      this.#refusals--;
      tell();
      this.#offend();
    });
  }

  /** A frame that needs no answer, such as a ping: it counts against the rate. */
  tolerate(): void {
    if (!this.#rate.take(this.deps.now())) this.#offend();
  }

  /** Resolves when everything that came until now has been done. */
  async settled(): Promise<void> {
    await this.#end;
  }

  #offend(): void {
    if (this.#offences.strike(this.deps.now())) this.deps.offended();
  }
}
