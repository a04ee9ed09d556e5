import type { Logger } from '../../core/ports/logger.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import type { EventDispatch } from '../matching/event-dispatch.js';
import type { Subscriber } from '../matching/subscription.js';

interface FanOutDeps {
  tenantId: string;
  turns: FairTurns;
  logger: Logger;
  /** Hears that an event which took several turns of the event loop has reached everybody. */
  done(): void;
}

/** Looks at the clock each time that an event was passed to so many connections. */
const LOOK_EVERY = 16;

/** Passes a tenant's events to the connections that they matched, many of them in several turns. */
export class FanOut {
  #current: { readonly dispatch: EventDispatch; readonly subscribers: readonly Subscriber[]; passed: number } | null = null;

  constructor(private readonly deps: FanOutDeps) {}

  /** True while some connections have yet to get an event: further ones wait. */
  get isUnderWay(): boolean {
    return this.#current !== null;
  }

  /** Passes an event on; none may be under way. */
  pass(dispatch: EventDispatch, subscribers: readonly Subscriber[]): void {
    this.#current = { dispatch, subscribers, passed: 0 };
    this.#goOn();
  }

  /** Passes to a connection now what it would get in a turn to come. */
  finish(subscriber: Subscriber): void {
    if (this.#current !== null) this.#passTo(subscriber, this.#current.dispatch);
  }

  /** Returns true once everybody has the event. */
  #goOn(): boolean {
    const { tenantId, turns, done } = this.deps;
    for (let current = this.#current; current !== null && current.passed < current.subscribers.length; ) {
      this.#passTo(current.subscribers[current.passed++] as Subscriber, current.dispatch);
      const looks = current.passed % LOOK_EVERY === 0 && current.passed < current.subscribers.length;
      if (!looks || !turns.isSpent) continue;
      turns.ask(tenantId, () => {
        if (this.#goOn()) done();
      });
      return false;
    }
    this.#current = null;
    return true;
  }

  #passTo(subscriber: Subscriber, dispatch: EventDispatch): void {
    try {
      subscriber.passStaged(dispatch);
    } catch (error) {
      // One connection cannot harm another.
      this.deps.logger.error({ err: error, tenantId: this.deps.tenantId }, 'a live event could not be passed on');
    }
  }
}
