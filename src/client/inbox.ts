import type { MessageFrame } from '../protocol/frames.js';

export type ReceivedMessage = Omit<MessageFrame, 'type'>;

/**
 * Hands messages to the application, each id once, one after the other. A repeat on a later connection,
 * because the acknowledgement was lost or the handler had not finished, shares the result of the first.
 */
export class Inbox {
  #last: Promise<unknown> = Promise.resolve();
  /**
   * Keeps messages in order of arrival. The promise resolves when the application has dealt with the message.
   */
  readonly #handled = new Map<string, Promise<void>>();

  constructor(
    private readonly handle: (message: ReceivedMessage) => unknown,
    private readonly remember: number,
  ) {}

  /**
   * Resolves once the application has dealt with the message. Rejects if its handler did; a repeat is then
   * handled anew.
   */
  take(message: ReceivedMessage): Promise<void> {
    const known = this.#handled.get(message.id);
    if (known !== undefined) return known;
    const handled = this.#last.then(async () => {
      await this.handle(message);
    });
    this.#last = handled.catch(() => this.#handled.delete(message.id));
    this.#handled.set(message.id, handled);
    if (this.#handled.size > this.remember) this.#forgetOldest();
    return handled;
  }

  #forgetOldest(): void {
    for (const id of this.#handled.keys()) {
      this.#handled.delete(id);
      return;
    }
  }
}
