import type { CallbackGuard } from './callback-guard.js';
import type { ReceivedMessage } from './received-message.js';

interface InboxOptions {
  handle(message: ReceivedMessage): unknown;
  guard: CallbackGuard;
  /** Tries a message that the handler refused again after each of these times, in milliseconds. */
  retriesMs: readonly number[];
  /** Remembers so many ids. */
  remember: number;
}

/**
 * Hands messages to the application, each id once, one after the other. A repeat on a later connection,
 * because the acknowledgement was lost or the handler had not finished, shares the result of the first.
 */
export class Inbox {
  #last: Promise<unknown> = Promise.resolve();
  /**
   * Keeps messages in order of arrival. The promise resolves when the application has dealt with the message,
   * or was asked often enough.
   */
  readonly #handled = new Map<string, Promise<boolean>>();
  /** Holds the timers of refused messages that will be tried again. */
  readonly #refused = new Map<string, ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(private readonly options: InboxOptions) {}

  /** Resolves to true once the application has dealt with the message, to false if it would not. */
  take(message: ReceivedMessage): Promise<boolean> {
    const known = this.#handled.get(message.id);
    if (known !== undefined) return known;
    const handled = this.#try(message, 0);
    this.#handled.set(message.id, handled);
    if (this.#handled.size > this.options.remember) this.#handled.delete(this.#handled.keys().next().value as string);
    return handled;
  }

  /** Leaves refused messages to a later connection, which repeats them. */
  abandonRefused(): void {
    for (const [id, timer] of this.#refused) {
      clearTimeout(timer);
      this.#handled.delete(id);
    }
    this.#refused.clear();
  }

  /** Hands out nothing more. */
  close(): void {
    this.#closed = true;
    this.abandonRefused();
  }

  async #try(message: ReceivedMessage, refusals: number): Promise<boolean> {
    const { handle, guard, retriesMs } = this.options;
    const turn = this.#last.then(() => (this.#closed ? null : guard.run(() => handle(message))));
    this.#last = turn;
    if (await turn) return true;
    const wait = retriesMs[refusals];
    if (wait === undefined || this.#closed) {
      this.#handled.delete(message.id);
      return false;
    }
    await new Promise<void>((resolve) => this.#refused.set(message.id, setTimeout(resolve, wait)));
    this.#refused.delete(message.id);
    return this.#try(message, refusals + 1);
  }
}
