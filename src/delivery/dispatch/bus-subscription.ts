import type { BusHandler, Channel, ChannelSubscription, MessageBus } from '../../core/ports/message-bus.js';
import type { Timers } from '../../lib/time/timers.js';

/** Lets a connect wait so long for its subscription, in milliseconds; then it goes on as if in a gap. */
const CONFIRM_MS = 1_000;

/** Holds one subscription that connections share. */
export class BusSubscription {
  /** Resolves once events arrive, or after a while if they do not yet. Null once that is past. */
  ready: Promise<void> | null;
  #subscription: ChannelSubscription | null = null;
  #released = false;

  /**
   * @param late called if the subscription is confirmed after `ready` has given up: events may have been
   * missed until now
   */
  constructor(bus: MessageBus, channel: Channel, handler: BusHandler, timers: Timers, late: () => void) {
    this.ready = new Promise<void>((resolve) => {
      const goOn = () => {
        this.ready = null;
        resolve();
      };
      const cancel = timers.after(CONFIRM_MS, goOn);
      bus.subscribe(channel, handler).then(
        (subscription) => {
          cancel();
          const isLate = this.ready === null;
          this.#confirmed(subscription);
          if (isLate && !this.#released) late();
          goOn();
        },
        // A bus that cannot subscribe loses everything: the sweep delivers.
        () => {},
      );
    });
  }

  release(): void {
    this.#released = true;
    this.#subscription?.close();
  }

  #confirmed(subscription: ChannelSubscription): void {
    if (this.#released) subscription.close();
    else this.#subscription = subscription;
  }
}
