import { systemTimers, type Timers } from './timers.js';

/** Takes a timer that is late by so many milliseconds as a sign that the process stood still. */
const STOOD_STILL_MS = 250;

/**
 * Timers for what takes several round trips, such as a connect. Where the process stood still, they begin
 * anew once: reading what has arrived meanwhile would not be enough to go on.
 */
export const awakeTimers: Pick<Timers, 'after'> = {
  after: (ms, run) => {
    const due = systemTimers.now() + ms;
    let cancel = systemTimers.after(ms, () => {
      if (systemTimers.now() - due < STOOD_STILL_MS) run();
      else cancel = systemTimers.after(ms, run);
    });
    return () => cancel();
  },
};
