import { GraphiQL } from 'graphiql';
import type { GraphQLSchema } from 'graphql';
import { useCallback, useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { EXAMPLE_TABS } from './example-tabs.js';
import { fetchSchema } from './fetch-schema.js';
import type { GraphQLRequest } from './graphql-client.js';
import { post, withKnownOperation } from './graphql-client.js';
import { KeyForm } from './key-form.js';
import { keepApiKey, readApiKey } from './key-storage.js';
import { MessageHistory } from './message-history.js';
import 'graphiql/style.css';
import './app.css';

const NO_KEY = { text: 'Enter an API key to see the schema and to call the API. It stays in this tab.', problem: false };

function Console() {
  const [apiKey, setApiKey] = useState(readApiKey);
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  const [note, setNote] = useState(NO_KEY);
  const [view, setView] = useState<'api' | 'support'>('api');
  // An answer about a key that is no longer in use must not show its schema.
  const current = useRef(apiKey);

  const useKey = useCallback(async (key: string) => {
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

  const fetcher = useCallback(
    async (request: GraphQLRequest) => (await post(current.current, withKnownOperation(request))).body,
    [],
  );

  return (
    <>
      <header>
        <h1>Tidings</h1>
        <KeyForm initial={apiKey} note={note} onUse={(key) => void useKey(key)} onForget={() => void useKey('')} />
        <nav>
          <button type="button" aria-pressed={view === 'api'} onClick={() => setView('api')}>
            API
          </button>
          <button type="button" aria-pressed={view === 'support'} onClick={() => setView('support')}>
            Support
          </button>
        </nav>
      </header>
      <main>
        <div className="view" hidden={view !== 'api'}>
          {/* GraphiQL remembers nothing beyond the tab: variables hold message texts. */}
          <GraphiQL
            fetcher={fetcher}
            schema={schema}
            storage={window.sessionStorage}
            defaultTabs={EXAMPLE_TABS}
            shouldPersistHeaders={false}
            isHeadersEditorEnabled={false}
            showPersistHeadersSettings={false}
            defaultEditorToolsVisibility="variables"
          />
        </div>
        <div className="view" hidden={view !== 'support'}>
          <MessageHistory apiKey={apiKey} />
        </div>
      </main>
    </>
  );
}

// GraphiQL takes the text of the first tab from `defaultTabs`, but its variables from its storage.
if (sessionStorage.getItem('graphiql:tabState') === null)
  sessionStorage.setItem('graphiql:variables', EXAMPLE_TABS[0]!.variables);

const root = document.getElementById('console');
if (root) createRoot(root).render(<Console />);
