import type { BusHandler, Channel, MessageBus, Subscription } from '../core/bus.js';
import type { Timers } from './timers.js';

/** How long a connect waits for its subscription before it goes on as if in a gap. */
const CONFIRM_MS = 1_000;

/** One subscription that connections share. */
export interface Held {
  /** Resolves once events arrive, or after a while if they do not yet; null once that is past. */
  ready: Promise<void> | null;
  release(): void;
}

/** @param late called if the subscription is confirmed after `ready` has given up: events may have been missed until now */
export function hold(bus: MessageBus, channel: Channel, handler: BusHandler, timers: Timers, late: () => void): Held {
  let subscription: Subscription | null = null;
  const held: Held = {
    ready: null,
    release() {
      released = true;
      subscription?.close();
    },
  };
  let released = false;
  held.ready = new Promise<void>((resolve) => {
    const goOn = () => {
      held.ready = null;
      resolve();
    };
    const cancel = timers.after(CONFIRM_MS, goOn);
    bus.subscribe(channel, handler).then(
      (made) => {
        cancel();
        if (released) made.close();
        else subscription = made;
        if (held.ready === null && !released) late();
        goOn();
      },
      // A bus that cannot subscribe is one that loses everything: the sweep delivers.
      () => {},
    );
  });
  return held;
}
