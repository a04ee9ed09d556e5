import type { Logger } from '../../core/ports/logger.js';
import { LastingFault } from '../../lib/time/lasting-fault.js';
import type { Timers } from '../../lib/time/timers.js';
import { isAnswer } from '../../redis/is-answer.js';
import type { RedisLink } from '../../redis/redis-link.js';

/** Tries this often whether a server that refused an event takes events again, in milliseconds. */
const TRY_AGAIN_MS = 2_000;

interface StreamRefusalsOptions<Server> {
  /** Does on a server what an event needs; rejects as that would. */
  probe(server: Server): Promise<unknown>;
  logger: Logger;
  timers: Timers;
}

/**
 * Follows which connected servers answer, but refuse what streams need: where our user lacks a right, or
 * where the disk or the memory is full.
 */
export class StreamRefusals<Server extends { readonly link: RedisLink }> {
  readonly #refusing = new Map<Server, () => void>();
  readonly #fault: LastingFault;

  constructor(private readonly options: StreamRefusalsOptions<Server>) {
    this.#fault = new LastingFault(options.timers);
  }

  /** True while a connected server refuses. */
  get any(): boolean {
    for (const { link } of this.#refusing.keys()) if (!link.ended) return true;
    return false;
  }

  /** Tries a server. Resolves in any case; a server that refuses is tried again. */
  async probe(server: Server): Promise<void> {
    try {
      await this.options.probe(server);
      if (this.#refusing.delete(server)) this.options.logger.info({}, 'Redis takes live events again');
    } catch (error) {
      this.#refusing.delete(server);
      // What gave no answer is lost, or will be soon.
      if (isAnswer(error)) this.refused(server, error);
    }
  }

  /** Takes note that a server has refused a command. */
  refused(server: Server, { message }: Error): void {
    if (server.link.ended) return;
    // The first word is the kind of error; the rest names commands and scripts.
    if (this.#fault.isNews(message.split(' ', 1).join()))
      this.options.logger.warn({ reason: message }, 'Redis refuses live events');
    if (this.#refusing.has(server)) return;
    const cancel = this.options.timers.after(TRY_AGAIN_MS, () => {
      if (server.link.ended) this.#refusing.delete(server);
      else void this.probe(server);
    });
    this.#refusing.set(server, cancel);
  }

  close(): void {
    for (const cancel of this.#refusing.values()) cancel();
    this.#refusing.clear();
  }
}
