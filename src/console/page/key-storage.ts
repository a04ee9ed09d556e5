/**
 * Keeps the API key in this tab alone: session storage is neither shared with other tabs nor written into a
 * URL, a cookie or the history, and it ends with the tab.
 */
const ENTRY = 'tidings.api-key';

export const readApiKey = (): string => sessionStorage.getItem(ENTRY) ?? '';

export function keepApiKey(key: string): void {
  if (key === '') sessionStorage.removeItem(ENTRY);
  else sessionStorage.setItem(ENTRY, key);
}
