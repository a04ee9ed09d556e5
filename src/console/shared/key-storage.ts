/**
 * Keeps the API key in this tab alone: session storage is neither shared with other tabs nor written into a
 * URL, a cookie or the history, and it ends with the tab.
 */
const ENTRY = 'tidings.api-key';
/** Begins the names of what GraphiQL keeps in the tab. */
const API_PAGE = 'graphiql:';
/** Says nothing of anybody. */
const API_PAGE_THEME = 'graphiql:theme';

export const readApiKey = (): string => sessionStorage.getItem(ENTRY) ?? '';

export function keepApiKey(key: string): void {
  if (key === '') sessionStorage.removeItem(ENTRY);
  else sessionStorage.setItem(ENTRY, key);
}

/** Forgets what the page at `/graphql` keeps in the tab: its editors may hold names, or texts of messages. */
export function forgetApiPage(): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(API_PAGE) && name !== API_PAGE_THEME) sessionStorage.removeItem(name);
  }
}
