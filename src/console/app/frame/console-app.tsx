import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { forgetApiPage, keepApiKey, readApiKey } from '../../shared/key-storage.js';
import { Loading, Problem } from '../components/states.js';
import { createAsk } from '../data/api-client.js';
import { accessOf, CURRENT_KEY } from '../data/current-key.js';
import { go } from '../data/hash-location.js';
import { type Session, type SessionEnd, SessionProvider } from '../data/key-session.js';
import { createQueryClient } from '../data/query-client.js';
import { KeyEntry } from './key-entry.js';
import { Shell } from './shell.js';

/** Asks what the key is after so long, in milliseconds: one that was revoked leaves the screen soon. */
const KEY_CHECK_MS = 30_000;

/** The console: a key is entered, used, and forgotten with all that it has shown. */
export function App() {
  const [apiKey, setApiKey] = useState(readApiKey);
  const [ended, setEnded] = useState<SessionEnd | null>(null);
  const enter = (key: string) => {
    keepApiKey(key);
    setEnded(null);
    setApiKey(key);
  };
  const leave = useCallback((end: SessionEnd) => {
    keepApiKey('');
    forgetApiPage();
    setEnded(end);
    setApiKey('');
  }, []);
  return apiKey === '' ? <KeyEntry ended={ended} onEnter={enter} /> : <Keyed key={apiKey} apiKey={apiKey} onEnd={leave} />;
}

interface KeyedProps {
  apiKey: string;
  onEnd: (end: SessionEnd) => void;
}

/** Is one session: its memory begins and ends with it. */
function Keyed({ apiKey, onEnd }: KeyedProps) {
  const opened = useRef(false);
  const [client] = useState(() => createQueryClient(() => end('refused')));
  const end = useCallback(
    (how: SessionEnd) => {
      void client.cancelQueries();
      client.clear();
      // The link that somebody followed is still good for another key; what was looked at is not.
      if (how === 'left' || opened.current) go('/', { replace: true });
      document.title = 'Tidings';
      onEnd(how);
    },
    [client, onEnd],
  );
  return (
    <QueryClientProvider client={client}>
      <Opening apiKey={apiKey} end={end} opened={opened} />
    </QueryClientProvider>
  );
}

interface OpeningProps {
  apiKey: string;
  end: (how: SessionEnd) => void;
  opened: { current: boolean };
}

function Opening({ apiKey, end, opened }: OpeningProps) {
  const ask = useMemo(() => createAsk(apiKey), [apiKey]);
  const { data, error, failureReason, refetch } = useQuery({
    queryKey: ['current key'],
    queryFn: ({ signal }) => ask(CURRENT_KEY, {}, signal),
    refetchInterval: KEY_CHECK_MS,
    refetchOnWindowFocus: true,
    staleTime: KEY_CHECK_MS,
  });
  const key = data?.currentKey;
  const session = useMemo<Session | null>(
    () => (key ? { ...accessOf(key), ask, secret: apiKey, key, leave: (how = 'left') => end(how) } : null),
    [key, ask, apiKey, end],
  );
  if (session) {
    opened.current = true;
    return (
      <SessionProvider value={session}>
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
