import { useSyncExternalStore } from 'react';

/** Words such as "2 minutes ago" are written anew after so long, in milliseconds. */
const TICK_MS = 10_000;

// One timer for all words of a page.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(onTick: () => void): () => void {
  listeners.add(onTick);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const listener of listeners) listener();
  }, TICK_MS);
  return () => {
    listeners.delete(onTick);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Returns the reader's time, renewed every few seconds. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);
