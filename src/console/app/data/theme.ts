import { useSyncExternalStore } from 'react';

type Theme = 'light' | 'dark';

/** Of all that the console keeps, this alone outlives the tab: it says nothing of anybody. */
const ENTRY = 'tidings.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function chosen(): Theme {
  const kept = localStorage.getItem(ENTRY);
  if (kept === 'light' || kept === 'dark') return kept;
  return system.matches ? 'dark' : 'light';
}

function apply(): void {
  document.documentElement.dataset.theme = chosen();
  for (const listener of listeners) listener();
}

/** Uses the colours of the system until others are chosen. */
export function startTheme(): void {
  apply();
  system.addEventListener('change', apply);
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(ENTRY, theme);
  apply();
}

export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosen);
