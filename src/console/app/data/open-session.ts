import type { QueryClient } from '@tanstack/react-query';
import { forgetApiPage, keepApiKey, readApiKey } from '../../shared/key-storage.js';
import { type Ask, createAsk } from './api-client.js';
import { CURRENT_KEY } from './current-key.js';
import { go } from './hash-location.js';
import { createQueryClient } from './query-client.js';

/** Why a session ended: the person left, or the key no longer works. */
export type SessionEnd = 'left' | 'refused';

/** A key in use, with all that it has shown: one session is one memory. */
export interface OpenSession {
  readonly secret: string;
  readonly ask: Ask;
  readonly memory: QueryClient;
}

interface SessionState {
  open: OpenSession | null;
  /** Why the last one ended. */
  ended: SessionEnd | null;
}

/** Asks what the key is after so long, in milliseconds: one that was revoked leaves the screen soon. */
export const KEY_CHECK_MS = 30_000;

/** How it is asked what the key is, and kept. */
export const currentKeyQuery = (ask: Ask) => ({
  queryKey: ['current key'],
  queryFn: ({ signal }: { signal: AbortSignal }) => ask(CURRENT_KEY, {}, signal),
  staleTime: KEY_CHECK_MS,
});

let state: SessionState = { open: null, ended: null };
const listeners = new Set<() => void>();

function change(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

export const sessionState = (): SessionState => state;

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function beginSession(secret: string): OpenSession {
  const session: OpenSession = {
    secret,
    ask: createAsk(secret),
    memory: createQueryClient(() => endSession(session, 'refused')),
  };
  keepApiKey(secret);
  change({ open: session, ended: null });
  return session;
}

/** Begins a session with the key that the tab keeps; null if it keeps none. */
export function resumeSession(): OpenSession | null {
  const secret = readApiKey();
  return secret === '' ? null : beginSession(secret);
}

/** Forgets a key, and everything that it has shown. */
export function endSession(session: OpenSession, how: SessionEnd): void {
  if (state.open !== session) return;
  const { memory, ask } = session;
  const hasShown = memory.getQueryData(currentKeyQuery(ask).queryKey) !== undefined;
  void memory.cancelQueries();
  memory.clear();
  // The link that somebody followed is still good for another key; what was looked at is not.
  if (how === 'left' || hasShown) go('/', { replace: true });
  document.title = 'Tidings';
  keepApiKey('');
  forgetApiPage();
  change({ open: null, ended: how });
}
