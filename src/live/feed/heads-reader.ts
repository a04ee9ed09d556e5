import { ALL_PARTS, type Part } from '../../core/domain/live/topic-pattern.js';
import type { EventStream, StreamRun } from '../../core/ports/event-stream.js';
import { OncePerTurn } from '../../lib/once-per-turn.js';

/** Where a part of the stream ends, or the whole stream where the part has no end: nothing of the part lies between. */
interface Head {
  id: string | null;
  run: StreamRun;
}

interface Ask {
  readonly part: Part;
  resolve(head: Head): void;
  reject(error: unknown): void;
}

/** Reads so many heads at once, at most: the server does nothing else meanwhile. */
const HEADS_PER_READ = 256;

/**
 * Reads where parts end: those that are asked for in one turn of the event loop at once. A command may name a hundred
 * topics, each of another part.
 */
export class HeadsReader {
  #asks = new Map<string, Ask[]>();
  readonly #turn = new OncePerTurn(() => this.#readAll());

  constructor(private readonly stream: Pick<EventStream, 'heads'>) {}

  /** @throws TidingsError SERVICE_UNAVAILABLE */
  of(tenantId: string, part: Part): Promise<Head> {
    return new Promise((resolve, reject) => {
      const ask = { part, resolve, reject };
      const asks = this.#asks.get(tenantId);
      if (asks === undefined) this.#asks.set(tenantId, [ask]);
      else asks.push(ask);
      this.#turn.ask();
    });
  }

  #readAll(): void {
    const all = this.#asks;
    this.#asks = new Map();
    for (const [tenantId, asks] of all)
      for (let from = 0; from < asks.length; from += HEADS_PER_READ)
        void this.#read(tenantId, asks.slice(from, from + HEADS_PER_READ));
  }

  async #read(tenantId: string, asks: readonly Ask[]): Promise<void> {
    try {
      const { ids, run } = await this.stream.heads(tenantId, [ALL_PARTS, ...asks.map(({ part }) => part)]);
      const [all = null, ...own] = ids;
      for (const [i, { resolve }] of asks.entries()) resolve({ id: own[i] ?? all, run });
    } catch (error) {
      for (const { reject } of asks) reject(error);
    }
  }
}
