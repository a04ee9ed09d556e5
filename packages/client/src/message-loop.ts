import { CALLED_OFF } from './callback-guard.js';
import type { ReceivedMessage } from './received-message.js';

/** Hands messages to whoever loops over them, one at a time. */
export class MessageLoop {
  #offer: { message: ReceivedMessage; resolve(): void; reject(reason: unknown): void } | null = null;
  #wake = () => {};
  #ended = false;

  /** Resolves once the loop asks for the message after this one. */
  handle(message: ReceivedMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#offer = { message, resolve, reject };
      this.#wake();
    });
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** A loop that is left leaves its message to a later one. */
  async *messages(): AsyncGenerator<ReceivedMessage, void> {
    while (!this.#ended) {
      const offer = this.#offer;
      this.#offer = null;
      if (!offer) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        yield offer.message;
        offer.resolve();
      } finally {
        // Has no effect on what is resolved.
        offer.reject(CALLED_OFF);
      }
    }
  }
}
