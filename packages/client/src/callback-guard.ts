import type { NodeFrame } from './client-connection.js';
import { deadline } from './waiting.js';

/** The reason of a call that nobody waits for any more. It is no error. */
export const CALLED_OFF = Symbol('called off');

/** A call that may be given up: because it takes too long, or because nobody waits for it any more. */
export class Attempt {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown = CALLED_OFF): void {
    this.#controller.abort(reason);
  }
}

/**
 * Calls what the application gave; nothing else in the client does. Whatever it throws, at once or later, is
 * told to `onError` and stops nothing.
 */
export class CallbackGuard {
  constructor(private readonly onError: ((error: unknown) => unknown) | undefined) {}

  /** Begins the call at once. Resolves with its result, or with null if it failed, which is then told. */
  async run<T>(call: () => T | PromiseLike<T>): Promise<{ result: T } | null> {
    try {
      return { result: await call() };
    } catch (error) {
      if (error !== CALLED_OFF) void this.tell(error);
      return null;
    }
  }

  /** Does the same, but counts the call as failed once it has taken this long, or is called off. */
  runWithin<T>(ms: number, attempt: Attempt, call: (signal: AbortSignal) => T | PromiseLike<T>): Promise<{ result: T } | null> {
    const { signal } = attempt;
    return this.run(
      () =>
        new Promise<T>((resolve, reject) => {
          const done = deadline(ms, () => attempt.abort(new Error('no answer in time')));
          signal.addEventListener('abort', () => {
            done();
            reject(signal.reason);
          });
          (async () => call(signal))().then(resolve, reject).finally(done);
        }),
    );
  }

  /** Tells of an error frame. */
  refused({ code, message }: NodeFrame, what = ''): void {
    void this.tell(Object.assign(new Error(`${what}${message}`), { code }));
  }

  async tell(error: unknown): Promise<void> {
    try {
      await (this.onError ?? console.error)(error);
    } catch (worse) {
      console.error(worse);
    }
  }
}
