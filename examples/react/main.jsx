import { useTidings } from '@tidings/client/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { readEnvelope } from './envelope.js';

/** A message is shown as a toast for so long, in milliseconds. */
const TOAST_MS = 5000;

/** Your own backend knows who is logged in, and has the API key: see examples/page/server.mjs. */
async function connectionUri(signal) {
  const answer = await fetch('/connection', { method: 'POST', signal });
  if (!answer.ok) throw new Error(`the backend answered ${answer.status}`);
  return (await answer.json()).connectionUri;
}

function Text({ of: { title, text, link } }) {
  return (
    <>
      {title && <b>{title}: </b>}
      {link ? <a href={link}>{text}</a> : text}
    </>
  );
}

function Toast({ message, onGone }) {
  useEffect(() => {
    const timer = setTimeout(onGone, TOAST_MS);
    return () => clearTimeout(timer);
  }, [onGone]);
  return (
    <output>
      <Text of={message} />
    </output>
  );
}

function Notifications() {
  const [messages, setMessages] = useState([]);
  const [unread, setUnread] = useState(0);
  const [toast, setToast] = useState(null);
  const { state } = useTidings({
    connectionUri,
    onMessage({ id, message }) {
      const read = { id, ...readEnvelope(message) };
      setMessages((now) => [read, ...now]);
      setUnread((now) => now + 1);
      setToast(read);
    },
  });
  return (
    <main>
      <button type="button" title={state} onClick={() => setUnread(0)}>
        Unread: {unread}
      </button>
      <ul>
        {messages.map((message) => (
          <li key={message.id}>
            <Text of={message} />
          </li>
        ))}
      </ul>
      {toast && <Toast key={toast.id} message={toast} onGone={() => setToast(null)} />}
    </main>
  );
}

createRoot(document.getElementById('root')).render(<Notifications />);
