import type { BusHandler, BusMessage, Channel, MessageBus, Subscription } from '../core/bus.js';
import type { Logger } from '../core/logger.js';

/** How long handlers may keep the event loop before other work gets its turn, in milliseconds. */
const TURN_MS = 8;

/** The bus of one process: nothing is ever lost, so there is never a gap. */
export class InProcessBus implements MessageBus {
  readonly #handlers = new Map<Channel, Set<{ handle: BusHandler }>>();
  #queue: BusMessage[] = [];
  #running = false;
  #closed = false;

  constructor(private readonly logger: Logger) {}

  async publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) return;
    for (const message of messages) if (this.#handlers.has(message.channel)) this.#queue.push(message);
    this.#run();
  }

  async subscribe(channel: Channel, handler: BusHandler): Promise<Subscription> {
    // An object of its own, so that the same function may subscribe twice.
    const entry = { handle: handler };
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(entry));
    return {
      close: () => {
        if (handlers.delete(entry) && handlers.size === 0 && this.#handlers.get(channel) === handlers) this.#handlers.delete(channel);
      },
    };
  }

  onGap(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    this.#handlers.clear();
  }

  // Never in the publisher's own turn: a push is answered before its frames are written.
  #run(): void {
    if (this.#running || this.#queue.length === 0) return;
    this.#running = true;
    setImmediate(() => {
      this.#running = false;
      const until = performance.now() + TURN_MS;
      let done = 0;
      while (done < this.#queue.length) {
        this.#deliver(this.#queue[done++] as BusMessage);
        if (performance.now() > until) break;
      }
      this.#queue.splice(0, done);
      this.#run();
    });
  }

  #deliver({ channel, event }: BusMessage): void {
    for (const entry of [...(this.#handlers.get(channel) ?? [])]) {
      try {
        entry.handle(event);
      } catch (error) {
        this.logger.error({ err: error, type: event.type }, 'a handler of the bus failed');
      }
    }
  }
}
