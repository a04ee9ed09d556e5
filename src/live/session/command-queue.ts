import { LIMITS } from '../../core/domain/limits.js';
import type { CommandRefusal, LiveRequest, RequestTag } from '../../core/domain/live/protocol-translator.js';
import { StrikeCounter } from '../../lib/strike-counter.js';
import type { Timers } from '../../lib/time/timers.js';
import { TokenBucket } from '../../lib/token-bucket.js';

/** Bounds the commands of one connection. */
export interface QueueLimits {
  /** Commands in a second, in the long run. */
  commandsPerSecond: number;
  /** Commands at once, after a pause. */
  commandsBurst: number;
  /** Commands that wait for their turn. */
  waitingCommands: number;
  /** Characters of the frames of the commands that wait; a single one may exceed it. */
  waitingChars: number;
}

interface CommandQueueDeps {
  limits: QueueLimits;
  timers: Pick<Timers, 'now'>;
  /** Never rejects. */
  carryOut(request: LiveRequest): Promise<void>;
  refuse(tag: RequestTag, refusal: CommandRefusal): void;
  /** Called when the client keeps breaking the rules. */
  offended(reason: string): void;
  /** Called once it is sure that the client will be closed, and before it has its answers: no frame counts any more. */
  doomed(): void;
}

const OFFENCES_PER_MINUTE = 10;
/** Counts a longer frame as one command more for each so many characters: reading it takes as much. */
const CHARS_OF_ONE = 16 * 1024;

/**
 * Carries out the commands of a connection one by one and within a rate. Too many offences end the
 * connection.
 */
export class CommandQueue {
  readonly #rate: TokenBucket;
  /** Null until the client sends a frame that is no command. */
  #idleFrames: TokenBucket | null = null;
  #end: Promise<void> = Promise.resolve();
  #waiting = 0;
  #waitingChars = 0;
  #refusals = 0;
  readonly #offences = new StrikeCounter(OFFENCES_PER_MINUTE);

  constructor(private readonly deps: CommandQueueDeps) {
    const { limits, timers } = deps;
    this.#rate = new TokenBucket(limits.commandsPerSecond, limits.commandsBurst, timers.now());
  }

  /**
   * Carries out a command after those that came before it.
   * @param chars length of its frame
   */
  add(request: LiveRequest, chars: number): void {
    const weight = 1 + Math.floor(chars / CHARS_OF_ONE);
    if (!this.#hasRoom(chars) || !this.#rate.take(this.deps.timers.now(), weight)) {
      this.refuse(request.tag, { code: 'RATE_LIMITED', message: 'too many commands: wait a little' });
      return;
    }
    this.#waiting++;
    this.#waitingChars += chars;
    const done = () => {
      this.#waiting--;
      this.#waitingChars -= chars;
    };
    this.do(() => this.deps.carryOut(request).finally(done));
  }

  #hasRoom(chars: number): boolean {
    const { waitingCommands, waitingChars } = this.deps.limits;
    return this.#waiting < waitingCommands && (this.#waiting === 0 || this.#waitingChars + chars <= waitingChars);
  }

  /** Runs a task after the commands that have come. The task must not reject. */
  do(task: () => Promise<void> | void): void {
    this.#end = this.#end.then(task);
  }

  refuse(tag: RequestTag, refusal: CommandRefusal): void {
    this.refuseBy(() => this.deps.refuse(tag, refusal));
  }

  /** Answers in turn, then counts the offence. */
  refuseBy(tell: () => void): void {
    // More could not be answered before the connection is closed.
    if (this.#refusals > OFFENCES_PER_MINUTE) {
      this.deps.doomed();
      return;
    }
    this.#refusals++;
    this.do(() => {
      this.#refusals--;
      tell();
      this.#offend();
    });
  }

  /** Takes a frame that is no command. False if there are too many of them. */
  tolerate(): boolean {
    const now = this.deps.timers.now();
    this.#idleFrames ??= new TokenBucket(LIMITS.idleFramesPerSecond, LIMITS.idleFramesBurst, now);
    if (this.#idleFrames.take(now)) return true;
    this.deps.offended('too many frames');
    return false;
  }

  /** Takes a frame that is no command, and answers it in turn if there is room. */
  tell(answer: () => void): void {
    if (!this.tolerate() || this.#waiting >= this.deps.limits.waitingCommands) return;
    this.#waiting++;
    this.do(() => {
      this.#waiting--;
      answer();
    });
  }

  /** Resolves when everything that came until now has been done. */
  async settled(): Promise<void> {
    await this.#end;
  }

  #offend(): void {
    if (this.#offences.strike(this.deps.timers.now())) this.deps.offended('too many commands that are malformed or too fast');
  }
}
