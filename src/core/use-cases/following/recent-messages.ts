import type { Timers } from '../../../lib/time/timers.js';
import type { Message } from '../../domain/message.js';
import type { StatusEvent } from '../../domain/status-feed/status-event.js';

/** Finds the messages of some events as they are now, by id. */
export type FindMessages = (tenantId: string, events: readonly StatusEvent[]) => Promise<ReadonlyMap<string, Message>>;

/** Keeps this many messages: 16 MiB of the longest texts. */
const MOST_KEPT = 256;
/** Keeps a message for so long, in milliseconds: it is to be told as it is now. */
const MAX_AGE_MS = 1_000;

interface Kept {
  at: number;
  message: Promise<Message | null>;
}

/** Finds messages of events once for all readers that are told of these events at about the same time. */
export class RecentMessages {
  /** By event, the oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(
    private readonly find: FindMessages,
    private readonly timers: Pick<Timers, 'now'>,
  ) {}

  /** Returns the message of each event, in their order; null for one that is gone. */
  of(tenantId: string, events: readonly StatusEvent[]): Promise<Array<Message | null>> {
    const now = this.timers.now();
    const missing = events.filter(({ id }) => now - (this.#kept.get(id)?.at ?? Number.NEGATIVE_INFINITY) >= MAX_AGE_MS);
    if (missing.length > 0) this.#load(tenantId, missing, now);
    const all = events.map(({ id }) => this.#kept.get(id)?.message ?? null);
    this.#forget();
    return Promise.all(all);
  }

  #load(tenantId: string, events: readonly StatusEvent[], at: number): void {
    const found = this.find(tenantId, events);
    for (const { id, messageId } of events) {
      const message = found.then((messages) => messages.get(messageId) ?? null);
      // Whoever waits for it hears of the failure; the next one tries again.
      message.catch(() => this.#kept.delete(id));
      this.#kept.delete(id);
      this.#kept.set(id, { at, message });
    }
  }

  #forget(): void {
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) return;
      this.#kept.delete(id);
    }
  }
}
