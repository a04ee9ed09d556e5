import type { RenewFrame } from '../../../src/protocol/frames.js';
import { Attempt, type CallbackGuard } from './callback-guard.js';
import type { NodeFrame } from './client-connection.js';
import { lifeOf, tokenIn } from './token.js';

/** A node takes one token a minute on a connection. In milliseconds, with a little room. */
const LEAST_MS = 61_000;
/** The longest time that a timer takes, in milliseconds. */
const MOST_MS = 2 ** 31;
/** Marks the frame and its answer. Commands of live topics have numbers. */
const ID = 'renew';

/** Gets a new token before that of a connection ends, and hands it in. */
export class Renewal {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt: Attempt | undefined;
  /** When the connection ends, by the page's clock. */
  #endsAt = 0;
  #send: (frame: object) => void = () => {};

  /**
   * @param ask gets a `connectionUri`
   * @param patienceMs gives up after this time
   */
  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<string> | string,
    private readonly guard: CallbackGuard,
    private readonly patienceMs: number,
  ) {}

  begin(uri: string, send: (frame: object) => void): void {
    this.#send = send;
    this.#endsAt = Date.now() + lifeOf(tokenIn(uri));
    this.#wait(0);
  }

  /** Takes the node's answer. Any other frame is none of its business. */
  take(frame: NodeFrame): void {
    if (frame.id !== ID) return;
    // After a refusal the connection ends with its token, and another one begins with a new token.
    if (frame.type === 'ok') this.#wait(LEAST_MS);
    else this.guard.refused(frame);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#attempt?.abort();
    this.#attempt = undefined;
  }

  // Most of what is left passes first. After a failure, most of the rest.
  #wait(leastMs: number): void {
    this.stop();
    const left = this.#endsAt - Date.now();
    const wait = Math.max(leastMs, left * (0.8 + Math.random() / 10));
    if (wait < left && wait < MOST_MS) this.#timer = setTimeout(() => void this.#renew(), wait);
  }

  async #renew(): Promise<void> {
    const attempt = new Attempt();
    this.#attempt = attempt;
    const got = await this.guard.runWithin(this.patienceMs, attempt, async (signal) => tokenIn(await this.ask(signal)));
    if (attempt !== this.#attempt) return;
    if (!got) return this.#wait(0);
    this.#endsAt = Date.now() + lifeOf(got.result);
    const frame: RenewFrame = { type: 'renew', id: ID, token: got.result };
    this.#send(frame);
  }
}
