import type { Logger } from '../core/ports/logger.js';
import type { BusHandler, BusMessage, Channel, ChannelSubscription, MessageBus } from '../core/ports/message-bus.js';

/** How long handlers may keep the event loop before other work gets its turn, in milliseconds. */
const TURN_MS = 8;

/** One subscription. An object of its own, so that the same function may subscribe twice. */
class Subscriber implements ChannelSubscription {
  constructor(
    private readonly channel: Channel,
    readonly handle: BusHandler,
    private readonly all: Map<Channel, Subscriber[]>,
  ) {}

  close(): void {
    const others = this.all.get(this.channel)?.filter((subscriber) => subscriber !== this) ?? [];
    if (others.length > 0) this.all.set(this.channel, others);
    else this.all.delete(this.channel);
  }
}

/** The bus of one process: nothing is ever lost, so there is never a gap. */
export class InProcessBus implements MessageBus {
  readonly #handlers = new Map<Channel, Subscriber[]>();
  #queue: BusMessage[] = [];
  #running = false;
  #closed = false;

  constructor(private readonly logger: Logger) {}

  async publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) return;
    for (const message of messages) if (this.#handlers.has(message.channel)) this.#queue.push(message);
    this.#run();
  }

  async subscribe(channel: Channel, handler: BusHandler): Promise<ChannelSubscription> {
    const subscriber = new Subscriber(channel, handler, this.#handlers);
    const subscribers = this.#handlers.get(channel);
    if (subscribers) subscribers.push(subscriber);
    else this.#handlers.set(channel, [subscriber]);
    return subscriber;
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
    for (const subscriber of this.#handlers.get(channel)?.slice() ?? []) {
      try {
        subscriber.handle(event);
      } catch (error) {
        this.logger.error({ err: error, type: event.type }, 'a handler of the bus failed');
      }
    }
  }
}
