import { useSyncExternalStore } from 'react';

/** From this width on there is room for two columns. */
const WIDE = window.matchMedia('(min-width: 1024px)');

function subscribe(onChange: () => void): () => void {
  WIDE.addEventListener('change', onChange);
  return () => WIDE.removeEventListener('change', onChange);
}

export const useWide = (): boolean => useSyncExternalStore(subscribe, () => WIDE.matches);
