import type { Logger } from '../core/ports/logger.js';
import type {
  BusAnswers,
  BusHandler,
  BusMessage,
  BusQuestion,
  Channel,
  ChannelSubscription,
  MessageBus,
} from '../core/ports/message-bus.js';
import { CooperativeLoop } from '../lib/cooperative-loop.js';
import { QuestionRound } from './question-round.js';

/** Lets handlers keep the event loop for this long before other work gets its turn, in milliseconds. */
const TURN_MS = 8;

/** Holds a handler of a channel in an object of its own, so that the same function may subscribe twice. */
class LocalSubscription implements ChannelSubscription {
  constructor(
    private readonly channel: Channel,
    readonly handle: BusHandler,
    private readonly all: Map<Channel, LocalSubscription[]>,
  ) {}

  close(): void {
    const others = this.all.get(this.channel)?.filter((subscription) => subscription !== this) ?? [];
    if (others.length > 0) this.all.set(this.channel, others);
    else this.all.delete(this.channel);
  }
}

/** The bus of one process. It loses nothing, so there is never a gap. */
export class InProcessBus implements MessageBus {
  readonly #subscriptions = new Map<Channel, LocalSubscription[]>();
  // Never in the publisher's own turn: a push is answered before its frames are written.
  readonly #loop = new CooperativeLoop(
    (until) => this.#work(until),
    TURN_MS,
    () => performance.now(),
  );
  #queue: BusMessage[] = [];
  readonly #round = new QuestionRound();
  #closed = false;

  constructor(private readonly logger: Logger) {}

  async publish(messages: readonly BusMessage[]): Promise<void> {
    if (this.#closed) return;
    for (const message of messages) if (this.#subscriptions.has(message.channel)) this.#queue.push(message);
    if (this.#queue.length > 0) this.#loop.wake();
  }

  async subscribe(channel: Channel, handler: BusHandler): Promise<ChannelSubscription> {
    const subscription = new LocalSubscription(channel, handler, this.#subscriptions);
    const others = this.#subscriptions.get(channel);
    if (others) others.push(subscription);
    else this.#subscriptions.set(channel, [subscription]);
    return subscription;
  }

  async ask(questions: readonly BusQuestion[]): Promise<BusAnswers[]> {
    if (!this.#subscriptions.has(this.#round.replyTo)) {
      await this.subscribe(this.#round.replyTo, (event) => this.#round.take(event));
    }
    const put = ({ channel, question }: BusQuestion) =>
      this.#round.ask(question, async (event) => (this.#closed ? null : this.#deliver({ channel, event })));
    return Promise.all(questions.map(put));
  }

  onGap(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    this.#round.close();
    this.#subscriptions.clear();
  }

  /** Returns true once nothing waits. */
  #work(until: number): boolean {
    let done = 0;
    while (done < this.#queue.length) {
      this.#deliver(this.#queue[done++] as BusMessage);
      if (performance.now() > until) break;
    }
    this.#queue.splice(0, done);
    return this.#queue.length === 0;
  }

  /** Returns the number of handlers. */
  #deliver({ channel, event }: BusMessage): number {
    const subscriptions = this.#subscriptions.get(channel)?.slice() ?? [];
    for (const subscription of subscriptions) {
      try {
        subscription.handle(event);
      } catch (error) {
        this.logger.error({ err: error, type: event.type }, 'a handler of the bus failed');
      }
    }
    return subscriptions.length;
  }
}
