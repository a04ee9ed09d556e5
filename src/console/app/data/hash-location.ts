import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type Options, viewUrl } from './view-url.js';

// What a view shows stands behind the `#`, which no browser sends to a server: `#/messages/<id>?name=ann`.
// wouter's own hash location would put what follows the `?` before the `#`.

const EVENT = 'hashchange';

function subscribe(onChange: () => void): () => void {
  window.addEventListener(EVENT, onChange);
  return () => window.removeEventListener(EVENT, onChange);
}

const readHash = (): string => window.location.hash;

function partsOf(hash: string): { path: string; search: string } {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  return { path: `/${path}`, search };
}

/** Goes to a view, such as `/messages?name=ann`. */
export function go(to: string, { replace = false }: { replace?: boolean } = {}): void {
  const url = `#${to}`;
  if (replace) window.history.replaceState(null, '', url);
  else window.history.pushState(null, '', url);
  window.dispatchEvent(new HashChangeEvent(EVENT));
}

/** Reads the path of the view that the URL names, and its options. */
export function here(): { path: string; options: Options } {
  const { path, search } = partsOf(readHash());
  return { path, options: Object.fromEntries(new URLSearchParams(search)) };
}

/** Is the location of the router: the path alone. */
export function useHashPath(): [string, typeof go] {
  return [useSyncExternalStore(subscribe, () => partsOf(readHash()).path), go];
}

/** Reads and changes the options of the view that is shown. */
export function useOptions(): [Options, (change: Options, how?: { replace?: boolean }) => void] {
  const search = useSyncExternalStore(subscribe, () => partsOf(readHash()).search);
  const options = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const change = useCallback((changed: Options, how?: { replace?: boolean }) => {
    const { path, options: now } = here();
    go(viewUrl(path, { ...now, ...changed }), how);
  }, []);
  return [options, change];
}
