import { GraphiQL } from 'graphiql';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { useCallback, useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { keepApiKey, readApiKey } from '../shared/key-storage.js';
import { EXAMPLE_TABS } from './example-tabs.js';
import { fetchSchema } from './fetch-schema.js';
import { GraphiqlStorage } from './graphiql-storage.js';
import type { GraphQLRequest } from './graphql-client.js';
import { post, withKnownOperation } from './graphql-client.js';
import { KeyForm } from './key-form.js';
import 'graphiql/style.css';
import './app.css';

const NO_KEY = { text: 'Enter an API key to see the schema and to call the API. It stays in this tab.', problem: false };

/** The console, which shares the key. */
const CONSOLE = window.location.pathname.endsWith('/') ? '../console' : 'console';

const firstStorage = new GraphiqlStorage();

function ApiPage() {
  const [apiKey, setApiKey] = useState(readApiKey);
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  const [note, setNote] = useState(NO_KEY);
  // Grows with each other key: what the former one showed must not stay on the screen.
  const [session, setSession] = useState(0);
  const [plugin, setPlugin] = useState<string | null>(null);
  // An answer about a key that is no longer in use must not show its schema.
  const current = useRef(apiKey);
  const storage = useRef(firstStorage);

  const useKey = useCallback(async (key: string) => {
    if (current.current !== '' && current.current !== key) setSession((before) => before + 1);
    if (key === '') {
      storage.current.forget();
      storage.current = new GraphiqlStorage();
    }
    current.current = key;
    keepApiKey(key);
    setApiKey(key);
    setSchema(null);
    if (key === '') return setNote(NO_KEY);
    setNote({ text: 'Asking for the schema …', problem: false });
    try {
      const answer = await fetchSchema(key);
      if (current.current !== key) return;
      setSchema(answer);
      setNote({ text: 'Key accepted.', problem: false });
    } catch (error) {
      if (current.current === key) setNote({ text: (error as Error).message, problem: true });
    }
  }, []);

  useEffect(() => {
    if (current.current !== '') void useKey(current.current);
  }, [useKey]);

  const fetcher = useCallback(async (request: GraphQLRequest) => {
    const key = current.current;
    try {
      const { body } = await post(key, withKnownOperation(request));
      if (key === current.current) return body;
      return { errors: [new GraphQLError('The API key was changed before the answer came.')] };
    } catch (error) {
      // GraphiQL would show the stack as well.
      return { errors: [new GraphQLError((error as Error).message)] };
    }
  }, []);

  return (
    <>
      <header>
        <h1>Tidings</h1>
        <KeyForm initial={apiKey} note={note} onUse={(key) => void useKey(key)} onForget={() => void useKey('')} />
        <nav>
          <a href={CONSOLE}>Console</a>
        </nav>
      </header>
      <main>
        {apiKey === '' && (
          <section className="no-key">
            <h2>Enter an API key to begin</h2>
            <p>
              Below are calls that are prepared to be run. Your administrator makes keys, with <code>npx tidings key create</code>
              .
            </p>
          </section>
        )}
        <div className="view">
          {/* GraphiQL remembers nothing beyond the tab: variables hold message texts. */}
          <GraphiQL
            key={session}
            fetcher={fetcher}
            schema={schema}
            storage={storage.current}
            defaultTabs={EXAMPLE_TABS}
            visiblePlugin={plugin ?? ''}
            onTogglePluginVisibility={(visible) => setPlugin(visible?.title ?? null)}
            shouldPersistHeaders={false}
            isHeadersEditorEnabled={false}
            showPersistHeadersSettings={false}
            defaultEditorToolsVisibility="variables"
          />
        </div>
      </main>
    </>
  );
}

const root = document.getElementById('console');
if (root) createRoot(root).render(<ApiPage />);
