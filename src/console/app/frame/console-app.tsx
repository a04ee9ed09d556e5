import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useMemo, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Loading, Problem } from '../components/states.js';
import { accessOf } from '../data/current-key.js';
import { type Session, SessionProvider } from '../data/key-session.js';
import {
  beginSession,
  currentKeyQuery,
  endSession,
  KEY_CHECK_MS,
  type OpenSession,
  onSessionChange,
  sessionState,
} from '../data/open-session.js';
import { askFirst } from './first-questions.js';
import { KeyEntry } from './key-entry.js';
import { Shell } from './shell.js';

/** Shows the console in an element of the page. */
export const showConsole = (element: HTMLElement): void => createRoot(element).render(<App />);

/** The console: a key is entered, used, and forgotten with all that it has shown. */
function App() {
  const { open, ended } = useSyncExternalStore(onSessionChange, sessionState);
  if (open === null) return <KeyEntry ended={ended} onEnter={(key) => askFirst(beginSession(key))} />;
  return (
    <QueryClientProvider client={open.memory}>
      <Opening key={open.secret} session={open} />
    </QueryClientProvider>
  );
}

function Opening({ session }: { session: OpenSession }) {
  const { ask, secret } = session;
  const { data, error, failureReason, refetch } = useQuery({
    ...currentKeyQuery(ask),
    refetchInterval: KEY_CHECK_MS,
    refetchOnWindowFocus: true,
  });
  const key = data?.currentKey;
  const keyed = useMemo<Session | null>(
    () => (key ? { ...accessOf(key), ask, secret, key, leave: (how = 'left') => endSession(session, how) } : null),
    [key, session],
  );
  if (keyed) {
    return (
      <SessionProvider value={keyed}>
        <Shell />
      </SessionProvider>
    );
  }
  return (
    <main className="content">
      {error ? <Problem error={error} onRetry={() => void refetch()} /> : <Loading shape="page" trouble={failureReason} />}
    </main>
  );
}
