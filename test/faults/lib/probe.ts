import { setTimeout as delay } from 'node:timers/promises';

/** Holds one answer of a probe. */
interface Answer {
  /** Is the begin, by `performance.now()`. */
  begunAt: number;
  ms: number;
  result: string;
}

/** Asks one question again and again, whatever becomes of the former one, and notes the answers. */
export class Probe {
  readonly answers: Answer[] = [];
  readonly #pending = new Set<Promise<void>>();
  #running = true;
  #loop: Promise<void> = Promise.resolve();

  private constructor(private readonly ask: () => Promise<string>) {}

  /**
   * @param ask returns in a word what the answer was, and never rejects
   * @param everyMs milliseconds from one question to the next
   */
  static start(ask: () => Promise<string>, everyMs: number): Probe {
    const probe = new Probe(ask);
    probe.#loop = probe.#askEvery(everyMs);
    return probe;
  }

  /** Asks no more, and waits for the last answer. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
    await Promise.all(this.#pending);
  }

  async #askEvery(everyMs: number): Promise<void> {
    while (this.#running) {
      const asked = this.#askOnce().finally(() => this.#pending.delete(asked));
      this.#pending.add(asked);
      await delay(everyMs);
    }
  }

  async #askOnce(): Promise<void> {
    const begunAt = performance.now();
    const result = await this.ask();
    this.answers.push({ begunAt, ms: performance.now() - begunAt, result });
  }
}
