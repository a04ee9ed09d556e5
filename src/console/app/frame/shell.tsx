import { useEffect, useState } from 'react';
import { isTyping } from '../components/lists/is-typing.js';
import { CommandPalette } from './command-palette.js';
import { Header } from './header.js';
import { Routes } from './routes.js';

/** Holds a view in its frame, and listens to the keys that work everywhere. */
export function Shell() {
  const [commanding, setCommanding] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        setCommanding(true);
        return;
      }
      if (event.key !== '/' || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      const search = document.querySelector<HTMLInputElement>('[data-search]');
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button type="button" className="skip" onClick={skip}>
        Skip to the content
      </button>
      <Header onCommand={() => setCommanding(true)} />
      <main id="content" className="content" tabIndex={-1}>
        <Routes />
      </main>
      {commanding && <CommandPalette onClose={() => setCommanding(false)} />}
    </>
  );
}

/** A link would change what stands behind the `#`, which belongs to the views. */
const skip = () => document.getElementById('content')?.focus();
