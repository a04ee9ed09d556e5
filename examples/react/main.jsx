import { useTidings } from '@tidings/client/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** A message is shown as a toast for so long, in milliseconds. */
const TOAST_MS = 5000;

/** Your own backend knows who is logged in, and has the API key: see examples/page/server.mjs. */
async function connectionUri(signal) {
  const answer = await fetch('/connection', { method: 'POST', signal });
  if (!answer.ok) throw new Error(`the backend answered ${answer.status}`);
  return (await answer.json()).connectionUri;
}

function Toast({ text, onGone }) {
  useEffect(() => {
    const timer = setTimeout(onGone, TOAST_MS);
    return () => clearTimeout(timer);
  }, [onGone]);
  return <output>{text}</output>;
}

function Notifications() {
  const [messages, setMessages] = useState([]);
  const [unread, setUnread] = useState(0);
  const [toast, setToast] = useState(null);
  const { state } = useTidings({
    connectionUri,
    onMessage(message) {
      setMessages((now) => [message, ...now]);
      setUnread((now) => now + 1);
      setToast(message);
    },
  });
  return (
    <main>
      <button type="button" title={state} onClick={() => setUnread(0)}>
        Unread: {unread}
      </button>
      <ul>
        {messages.map(({ id, message }) => (
          <li key={id}>{message}</li>
        ))}
      </ul>
      {toast && <Toast key={toast.id} text={toast.message} onGone={() => setToast(null)} />}
    </main>
  );
}

createRoot(document.getElementById('root')).render(<Notifications />);
