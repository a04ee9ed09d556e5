import { createContext, useContext } from 'react';
import type { Ask } from './api-client.js';
import type { Access, CurrentKey } from './current-key.js';
import type { SessionEnd } from './open-session.js';

/** A key in use, from its entry until it is forgotten. */
export interface Session extends Access {
  readonly ask: Ask;
  /** The key itself, for what asks in another way. */
  readonly secret: string;
  readonly key: CurrentKey;
  /** Forgets the key, and everything that it has shown. */
  leave(end?: SessionEnd): void;
}

const SessionContext = createContext<Session | null>(null);

export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('no key is in use');
  return session;
}
